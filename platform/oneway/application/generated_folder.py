"""A folder of generated files: bring it up to date, or say how it differs."""

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from ..errors import OnewayError
from ..generate import MARK, GeneratedFile

_SHOWN_LINES: Final = 40


@dataclass(frozen=True, slots=True)
class FolderCounts:
    """How many files there are, and how many of them had to change or go."""

    files: int
    written: int
    removed: int


def write(folder: Path, parts: Iterable[str], files: Iterable[GeneratedFile]) -> FolderCounts:
    """Write what differs, and remove from the folder's `parts` what was generated once and is no more."""
    current: set[str] = set()
    written = 0
    for file in files:
        current.add(file.path)
        path = folder / file.path
        if _text(path) != file.content:
            _replace(path, file.content)
            written += 1
    stale = list(_stale(folder, parts, current))
    for name in stale:
        (folder / name).unlink()
    return FolderCounts(len(current), written, len(stale))


def differences(folder: Path, parts: Iterable[str], files: Iterable[GeneratedFile]) -> Iterator[str]:
    """For each file that is not as generated: the lines of a difference, as one text."""
    current: set[str] = set()
    for file in files:
        current.add(file.path)
        found = _text(folder / file.path)
        if found is None:
            yield f"{folder / file.path}: is missing\n"
        elif found != file.content:
            yield _difference(str(folder / file.path), found, file.content)
    for name in _stale(folder, parts, current):
        yield f"{folder / name}: is no longer generated\n"


def _difference(name: str, found: str, wanted: str) -> str:
    lines = difflib.unified_diff(
        found.splitlines(keepends=True), wanted.splitlines(keepends=True), f"{name} (as it is)", f"{name} (generated)"
    )
    shown = [line if line.endswith("\n") else line + "\n" for line in islice(lines, _SHOWN_LINES + 1)]
    more = ["…\n"] if len(shown) > _SHOWN_LINES else []
    return "".join(shown[:_SHOWN_LINES] + more)


def _stale(folder: Path, parts: Iterable[str], current: set[str]) -> Iterator[str]:
    for part in sorted(parts):
        for base, _, names in sorted(os.walk(folder / part)):
            for name in sorted(names):
                path = Path(base, name)
                relative = path.relative_to(folder).as_posix()
                if relative not in current and _is_generated(path):
                    yield relative


def _is_generated(path: Path) -> bool:
    with path.open("rb") as content:
        return MARK.encode() in content.readline(1000)


def _text(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def _replace(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        part.write_text(content, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        raise OnewayError(
            f"{path} cannot be written: {error.strerror or error}", "name another folder with -o, or free this one"
        ) from None
