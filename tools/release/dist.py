"""Build what users install into dist/, and prove it: `make dist`.

The wheel is installed alone into an empty environment, and has to do there what a newcomer does first. dist/ then has
the two distributions, a software bill of materials (CycloneDX) of all that came with the wheel, and checksums.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from oneway import __version__
from oneway.application.servicekit_wheel import build_servicekit

ROOT: Final = Path(__file__).resolve().parents[2]
DIST: Final = ROOT / "dist"
_CHECKERS: Final = ROOT / ".venv-release" / "bin"
_EPOCH: Final = "315532800"
_FIRST_HOUR: Final = (
    ("--version",),
    ("new", "greeter", "--owner", "ann", "--domain", "edge", "--summary", "Greets people by name."),
    ("new", "front-door", "--owner", "ann", "--domain", "edge", "--summary", "Lets them in.", "--calls", "greeter"),
    ("check",),
    ("render-graph", "-o", "architecture.svg"),
    ("render-graph", "-o", "architecture.html"),
    ("generate",),
    ("doctor",),
    ("status",),
)


def main() -> None:
    """Build, check, try, and write down what it consists of."""
    shutil.rmtree(DIST, ignore_errors=True)
    _build(ROOT / "platform")
    _build(ROOT / "platform/servicekit", "--sdist")
    with tempfile.TemporaryDirectory(prefix="oneway-servicekit-") as wheels:
        shutil.copy(build_servicekit(ROOT / "platform/servicekit", Path(wheels)), DIST)
    files = sorted([*DIST.glob("*.whl"), *DIST.glob("*.tar.gz")])
    _run([str(_CHECKERS / "twine"), "check", "--strict", *map(str, files)])
    with tempfile.TemporaryDirectory(prefix="oneway-dist-") as folder:
        python = _install(Path(folder, "environment"), next(DIST.glob("oneway-*.whl")))
        _try(python, Path(folder, "repository"))
        bill = DIST / f"oneway-{__version__}.cdx.json"
        words = ["environment", "--output-reproducible", "--output-file", str(bill), str(python)]
        _run([str(_CHECKERS / "cyclonedx-py"), *words])
    sums = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in [*files, bill]]
    (DIST / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    for file in sorted(DIST.iterdir()):
        print(f"wrote dist/{file.name}")


def _build(folder: Path, *only: str) -> None:
    """In a copy, so that no build leaves anything in the tree; the wheel is built from the source distribution."""
    with tempfile.TemporaryDirectory(prefix="oneway-build-") as making:
        copy = Path(making, folder.name)
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", "dist", ".*_cache")
        shutil.copytree(folder, copy, ignore=ignored)
        uv = [sys.executable, "-m", "uv", "build", "--quiet", "--out-dir", str(DIST), *only, str(copy)]
        _run(uv, extra={"SOURCE_DATE_EPOCH": _EPOCH})


def _install(environment: Path, wheel: Path) -> Path:
    _run([sys.executable, "-m", "uv", "venv", "--quiet", str(environment)])
    python = environment / "bin" / "python"
    _run([sys.executable, "-m", "uv", "pip", "install", "--quiet", "--python", str(python), str(wheel)])
    return python


def _try(python: Path, repository: Path) -> None:
    """What a newcomer does first, with nothing of this checkout in reach, and with no index to ask."""
    repository.mkdir()
    _run(["git", "init", "--quiet", str(repository)])
    apart = {"PYTHONPATH": "", "PIP_NO_INDEX": "1", "UV_OFFLINE": "1"}
    for words in _FIRST_HOUR:
        print(f"platform {' '.join(words)}")
        _run([str(python.with_name("platform")), *words], cwd=repository, extra=apart)


def _run(command: Sequence[str], cwd: Path = ROOT, extra: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, **(extra or {})}, capture_output=True, text=True, timeout=900, check=False
    )
    if done.returncode:
        print(done.stdout + done.stderr, file=sys.stderr)
        sys.exit(f"failed with status {done.returncode}: {' '.join(command)}")


if __name__ == "__main__":
    main()
