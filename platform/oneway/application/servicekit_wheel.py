"""The wheel of servicekit, built from its folder: the same bytes wherever the same setuptools builds it.

This module stands alone on the standard library: `platform/setup.py` runs it too, when nothing else is installed yet.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

_BUILD: Final = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
_EPOCH: Final = "315532800"
"""1980-01-01, the first day that a zip file can name."""
_LOCK: Final = "requirements.txt"
_LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", ".*")


def build_servicekit(source: Path, into: Path) -> Path:
    """Build the wheel into the folder, and put the lock of what it needs beside it. RuntimeError says what failed."""
    build_wheel(source, into)
    shutil.copyfile(source / _LOCK, into / _LOCK)
    return next(into.glob("oneway_servicekit-*.whl"))


def build_wheel(source: Path, into: Path) -> None:
    """Build the wheel of the folder's distribution. RuntimeError says what failed."""
    into.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="oneway-wheel-") as folder:
        copy = Path(folder, "source")
        shutil.copytree(source, copy, ignore=_LEFT_OUT)
        done = subprocess.run(
            [sys.executable, "-c", _BUILD, str(into.resolve())],
            cwd=copy,
            env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or ["it says nothing"])[-1])
