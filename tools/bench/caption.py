"""Measures the captioning paths side by side, in process and through HTTP, and prints one table.

With TensorFlow all of them run at the full im2txt size: what they need is made under --folder on the first run, a
synthetic checkpoint with the published one's names and shapes, converted, extracted and frozen. Without it the service
is measured alone, with the model that it serves. Latencies are medians of rounds in which every path runs once; trust
the ratios.

Examples: .venv/bin/python -m tools.bench.caption
          .venv-train/bin/python -m tools.bench.caption --rounds 30     # all paths, after `make test-model`
"""

from __future__ import annotations

import argparse
import importlib.util
import statistics
import subprocess
import sys
from pathlib import Path

from tools.bench.caption_http import Served, overload, throughput
from tools.bench.caption_processes import ROOT, PathProcess, make_picture

SERVED = ROOT / "services/caption/caption_service/model"
TITLES = {
    "old": "a session call per step, beam in Python",
    "function": "one TensorFlow function",
    "service": "the service's runtime, in process",
    "http": "the service, through HTTP",
}


def main(arguments: list[str] | None = None) -> None:
    options = _parser().parse_args(arguments)
    python = options.service_python or service_python(options.folder)
    models = prepare(options.folder, sys.executable) if has_tensorflow() else {"service": SERVED}
    if len(models) == 1:
        print(
            "TensorFlow is not here, so that only the service is measured; `make test-model` sets it up for all paths."
        )
    options.folder.mkdir(parents=True, exist_ok=True)
    picture = options.folder / "picture-640x480.jpg"
    make_picture(picture, python)
    print("| path | median ms | of the old way | of one function | RSS MB |\n|---|---|---|---|---|", flush=True)
    measured, sizes = latencies(models, picture, options.rounds, python)
    for name, title in TITLES.items():
        if name not in measured:
            continue
        median = statistics.median(measured[name])
        ratios = [
            f"1/{statistics.median(measured[other]) / median:.1f}" if other in measured else "–"
            for other in ("old", "function")
        ]
        print(f"| {title} | {median:.1f} | {ratios[0]} | {ratios[1]} | {sizes[name]:.0f} |", flush=True)
    added = statistics.median(measured["http"]) / statistics.median(measured["service"]) - 1
    print(f"\nHTTP adds {added:+.1%} to the service's runtime.")
    with Served(python, models["service"]) as served:
        print(f"From start to ready: {served.seconds_to_ready:.2f} s.")
        print(throughput(served, picture.read_bytes(), options.seconds))
        print(overload(served, picture, options.seconds))


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
        help="a Python with the service's requirements (default: this one or .venv's, or one that is set up)",
    )
    return parser


def has_tensorflow() -> bool:
    return importlib.util.find_spec("tensorflow") is not None


def service_python(folder: Path) -> Path:
    """One that has what the service needs: `make demo` gives that to the builds that it runs alone, so that an
    environment of the bench's own is made where there is none."""
    own = folder.resolve() / "service-venv" / "bin" / "python"
    for python in (Path(sys.executable), ROOT / ".venv/bin/python", own):
        if python.exists() and _can_serve(python):
            return python
    print(f"setting up {own.parents[1]} for the service …", file=sys.stderr, flush=True)
    uv = [sys.executable, "-m", "uv"]
    needs = ROOT / "services/caption/requirements.txt"
    subprocess.run([*uv, "venv", "--quiet", "--clear", "--python", sys.executable, own.parents[1]], check=True)
    install = ["pip", "install", "--quiet", "--require-hashes", "--python", str(own), "-r", str(needs)]
    subprocess.run([*uv, *install], check=True)
    return own


def _can_serve(python: Path) -> bool:
    program = "import ai_edge_litert.interpreter, fastapi, httptools, httpx, numpy, PIL, prometheus_client"
    return subprocess.run([python, "-c", program], check=False, capture_output=True).returncode == 0


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
