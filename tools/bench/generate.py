"""How long generation takes, and how much memory it needs beside the manifests.

python -m tools.bench.generate --services 1000
"""

import argparse
import time
import tracemalloc

from oneway.generate import Images, Sources, docker_files, kubernetes_files
from oneway.manifest import load
from tools.bench.systems import system

SOURCES = Sources(Images(), lambda path: True, lambda path: b"")


def main() -> None:
    """Print the figures for one environment of a system of that size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=1000)
    count = parser.parse_args().services
    contents = [(name, text.encode()) for name, text in system(count).items() if name.endswith(".yaml")]
    started = time.process_time()
    whole = load(contents, "prod").system
    read = time.process_time()
    size = sum(len(each.content) for part in (docker_files, kubernetes_files) for each in part(whole, SOURCES))
    done = time.process_time()
    tracemalloc.start()
    for part in (docker_files, kubernetes_files):
        for _ in part(whole, SOURCES):
            pass
    peak = tracemalloc.get_traced_memory()[1]
    print(
        f"{count} services: read in {read - started:.1f} s, {size / 1e6:.1f} MB generated in {done - read:.1f} s of CPU"
    )
    print(f"at most {peak / 1e6:.1f} MB at once beside the manifests")


if __name__ == "__main__":
    main()
