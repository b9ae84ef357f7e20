"""The programs of this machine that services are built with and run on."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from ...base import TargetError

_ASK_SECONDS: Final = 20
_BUILD_SECONDS: Final = 1200
_MOST_OUTPUT: Final = 12
_NUMBER: Final = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of this machine that services run on, and its version."""

    path: str
    version: str

    @property
    def folder(self) -> str:
        return str(Path(self.path).parent)


def require_program(name: str, first: str, get: str) -> str:
    """Where the program is, with the folder `first` looked into before the others. TargetError with how to get it."""
    found = shutil.which(name, path=f"{first}:{os.environ.get('PATH', '')}")
    if found is None:
        raise TargetError(f"{name} is not on this machine", get)
    return found


def run_tool(command: Sequence[str], folder: Path, variables: Mapping[str, str], hint: str) -> None:
    """Run it there; TargetError with its last lines, and the hint, when it fails."""
    name = f"{Path(command[0]).name} {next((each for each in command[1:] if not each.startswith('-')), '')}".rstrip()
    try:
        done = subprocess.run(
            list(command),
            cwd=folder,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_BUILD_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TargetError(f"{name} did not end within {_BUILD_SECONDS} s", "is the network slow?") from None
    if done.returncode:
        spoken = done.stderr.strip() or done.stdout
        said = [line.strip() for line in spoken.splitlines() if line.strip()][-_MOST_OUTPUT:]
        raise TargetError(f"{name} failed: {' / '.join(said)}", hint)


@cache
def read_version(path: str, arguments: tuple[str, ...]) -> str:
    """The first number that the program says when it is asked for its version; empty where it says none."""
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _NUMBER.search(done.stdout + done.stderr)
    return found[0] if found else ""
