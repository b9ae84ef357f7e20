"""How long the command needs to say anything at all, beside a bare Python.

python -m tools.bench.startup --runs 20
"""

import argparse
import sys
from pathlib import Path

from tools.bench.pairs import time_pairs


def main() -> None:
    """Print the medians of `platform --version` and `platform --help` beside `python -c pass`."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--runs", type=int, default=20, help="counted runs of each command")
    runs = parser.parse_args().runs
    command = str(Path(sys.executable).with_name("platform"))
    for option in ("--version", "--help"):
        print(time_pairs([command, option], [sys.executable, "-c", "pass"], runs).row(f"platform {option}"))


if __name__ == "__main__":
    main()
