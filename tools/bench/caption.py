"""Measures the captioning paths side by side at the full im2txt size, in process and through HTTP, and prints one
table.

Makes what it needs under --folder on the first run: a synthetic checkpoint with the published one's names and shapes,
converted, extracted and frozen. Latencies are medians of rounds in which every path runs once; trust the ratios.

Example: .venv-train/bin/python -m tools.bench.caption --rounds 30
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from pathlib import Path

from tools.bench.caption_http import Served, overload, throughput
from tools.bench.caption_processes import PathProcess, make_picture

TITLES = {
    "old": "a session call per step, beam in Python",
    "function": "one TensorFlow function",
    "service": "the service's runtime, in process",
    "http": "the service, through HTTP",
}


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    models = prepare(options.folder, sys.executable)
    picture = options.folder / "picture-640x480.jpg"
    make_picture(picture, options.service_python)
    print("| path | median ms | of the old way | of one function | RSS MB |\n|---|---|---|---|---|", flush=True)
    measured, sizes = latencies(models, picture, options.rounds, options.service_python)
    for name, title in TITLES.items():
        median = statistics.median(measured[name])
        ratios = [f"1/{statistics.median(measured[other]) / median:.1f}" for other in ("old", "function")]
        print(f"| {title} | {median:.1f} | {ratios[0]} | {ratios[1]} | {sizes[name]:.0f} |", flush=True)
    added = statistics.median(measured["http"]) / statistics.median(measured["service"]) - 1
    print(f"\nHTTP adds {added:+.1%} to the service's runtime.")
    with Served(options.service_python, models["service"]) as served:
        print(f"From start to ready: {served.seconds_to_ready:.2f} s.")
        print(throughput(served, picture.read_bytes(), options.seconds))
        print(overload(served, picture.read_bytes(), options.seconds))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tools.bench.caption", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--folder", type=Path, default=Path("build/model"), help="for models (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=30, help="(default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each load (default: %(default)s)")
    parser.add_argument(
        "--service-python",
        type=Path,
        default=Path(".venv/bin/python"),
        help="a Python with the service's requirements (default: %(default)s)",
    )
    return parser


def prepare(folder: Path, python: str) -> dict[str, Path]:
    """The models for the paths, made where they are missing."""
    checkpoint = folder / "synthetic" / "model.ckpt-2000000"
    network, inference, service = folder / "im2txt-network", folder / "im2txt-forced", folder / "im2txt-int8"
    steps = [
        (checkpoint.with_name(checkpoint.name + ".index"), ["tools.model.convert", "--synthetic", checkpoint]),
        (network / "weights.npz", ["tools.model.convert", checkpoint, "-o", network]),
        (inference / "words.txt", ["tools.model.extract", network, "-o", inference, "--longest", "21", "--forced"]),
        (service / "model.json", ["tools.model.freeze", inference, "--service", service, "--name", "im2txt"]),
    ]
    for made, command in steps:
        if not made.exists():
            print(f"making {made.parent} …", file=sys.stderr, flush=True)
            subprocess.run(
                [python, "-m", *map(str, command)], check=True, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL
            )
    return {"old": network, "function": inference, "service": service}


def latencies(
    models: dict[str, Path], picture: Path, rounds: int, service_python: Path
) -> tuple[dict[str, list[float]], dict[str, float]]:
    """Milliseconds of every round, and resident megabytes, of each path."""
    pythons = {"old": sys.executable, "function": sys.executable, "service": str(service_python)}
    running: dict[str, PathProcess | Served] = {}
    try:
        for name, model in models.items():
            running[name] = PathProcess(pythons[name], name, model, picture)
        running["http"] = Served(service_python, models["service"], picture.read_bytes())
        measured: dict[str, list[float]] = {name: [] for name in running}
        for _ in range(rounds):
            for name, path in running.items():
                measured[name].append(path.caption())
        return measured, {name: path.megabytes() for name, path in running.items()}
    finally:
        for path in running.values():
            path.close()


if __name__ == "__main__":
    main()
