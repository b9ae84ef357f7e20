"""The lock file of a Python service: every package pinned with its hash, or none wanted."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ...base import TargetError

_LOCK: Final = "requirements.txt"
_WANTED: Final = "requirements.in"


def require_lock(root: Path, folder: str, service: str) -> None:
    """TargetError where packages are wanted that nothing pins, or that are pinned without their hash."""
    lock, hint = root / folder / _LOCK, f"`platform lock {service}` writes it, or `uv pip compile --generate-hashes`"
    try:
        text = lock.read_text(encoding="utf-8")
    except FileNotFoundError:
        wanted = _wanted(root / folder)
        if wanted:
            raise TargetError(f"{folder}/{_LOCK} is missing, and {wanted} names packages to install", hint) from None
        return
    except (OSError, UnicodeDecodeError) as error:
        raise TargetError(
            f"{folder}/{_LOCK} cannot be read: {error}", "it must be a text file that you can read"
        ) from None
    for number, line in _entries(text):
        if "--hash=" not in line:
            raise TargetError(f"{folder}/{_LOCK}:{number}: {line.split(';')[0].strip()} has no hash", hint)


def _wanted(folder: Path) -> str:
    """The file that names packages; nothing where none does."""
    if (folder / _WANTED).is_file():
        return _WANTED
    try:
        project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8")).get("project", {})
    except (OSError, ValueError):
        return ""
    return "pyproject.toml" if isinstance(project, dict) and project.get("dependencies") else ""


def _entries(text: str) -> Iterator[tuple[int, str]]:
    """The requirements with the number of their first line; continued lines are one."""
    whole, first = "", 0
    for number, line in enumerate(text.splitlines(), 1):
        bare = line.split(" #")[0].rstrip() if not line.lstrip().startswith("#") else ""
        first = number if not whole else first
        whole += f"{bare.rstrip(chr(92))} "
        if bare.endswith("\\"):
            continue
        if whole.strip() and not whole.lstrip().startswith("-"):
            yield first, whole.strip()
        whole = ""
