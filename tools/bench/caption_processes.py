"""One captioning path in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class PathProcess:
    """A running `tools.bench.caption_paths`, warmed up."""

    def __init__(self, python: str, name: str, model: Path, picture: Path) -> None:
        command = [python, "-m", "tools.bench.caption_paths", name, str(model), str(picture)]
        self._process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": service_path(), "TF_CPP_MIN_LOG_LEVEL": "3"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._answer()

    def caption(self) -> float:
        """Milliseconds that one caption takes."""
        if self._process.stdin is None:
            raise RuntimeError("the process has no input")
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return float(self._answer()["ms"])

    def megabytes(self) -> float:
        return resident_megabytes(self._process.pid)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _answer(self) -> dict[str, float]:
        line = self._process.stdout.readline() if self._process.stdout else ""
        if not line:
            raise RuntimeError(f"{' '.join(map(str, self._process.args))} ended; run it by hand to see why")  # type: ignore[arg-type]
        answer: dict[str, float] = json.loads(line)
        return answer


def service_path() -> str:
    return os.pathsep.join(str(ROOT / part) for part in (".", "services/caption", "platform/servicekit"))


def resident_megabytes(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return float("nan")


def make_picture(path: Path, python: Path) -> None:
    """A 640 x 480 JPEG with shapes and noise, always the same."""
    program = (
        "import sys; import numpy as np; from PIL import Image; r = np.random.default_rng(0);"
        "low = Image.fromarray(r.integers(0, 256, (12, 16, 3), np.uint8)).resize((640, 480), Image.Resampling.BICUBIC);"
        "noisy = np.asarray(low).astype(int) + r.integers(-12, 13, (480, 640, 1));"
        "Image.fromarray(noisy.clip(0, 255).astype(np.uint8)).save(sys.argv[1], quality=90)"
    )
    subprocess.run([str(python), "-c", program, str(path)], check=True)
