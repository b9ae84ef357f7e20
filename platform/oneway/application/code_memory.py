"""What code said the last time, stored until any of its files, the names that are looked for, or the tool changes.

Files are known by name, size and time of change, so that nothing of them is read. A memory that cannot be read, or
holds anything unexpected, does not exist; one that cannot be written is not written.
"""

import hashlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

import msgspec

from .. import __version__
from ..evidence import Fact

_WORTH: Final = 300
"""Below so many files reading them costs less than it is worth to leave a file behind."""

_KINDS: Final = {kind.__name__: kind for kind in get_args(Fact)}


@dataclass(frozen=True, slots=True)
class CodeMemory:
    """Where the answers are stored, and the state of the files that they are of."""

    folder: Path
    state: str

    @staticmethod
    def of(root: Path | None, files: Sequence[Path]) -> "CodeMemory | None":
        """The memory for these files; None where there are too few of them, or no repository to keep it in."""
        if root is None or len(files) < _WORTH:
            return None
        digest = hashlib.blake2b(_tool().encode(), digest_size=20)
        for path in files:
            try:
                found = path.stat()
            except OSError:
                return None
            digest.update(
                f"{path}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ctime_ns}\n".encode(errors="replace")
            )
        return CodeMemory(root / ".platform" / "cache", digest.hexdigest())

    def recall(self, asked: Sequence[Fact], read: Callable[[], list[Fact]]) -> list[Fact]:
        """What the files say, given what is known: from the last time, or read anew and stored."""
        key = hashlib.blake2b(f"{self.state}{list(asked)!r}".encode(errors="replace"), digest_size=20).hexdigest()
        file = self.folder / "code.msgpack"
        known = _read(file, key)
        if known is None:
            known = read()
            _write(file, key, known)
        return known


def _read(file: Path, key: str) -> list[Fact] | None:
    try:
        stored = msgspec.msgpack.decode(file.read_bytes(), type=tuple[str, list[tuple[str, msgspec.Raw]]])
        if stored[0] != key:
            return None
        return [msgspec.msgpack.decode(fields, type=_KINDS[kind]) for kind, fields in stored[1]]
    except (OSError, msgspec.MsgspecError, KeyError):
        return None


def _write(file: Path, key: str, facts: Sequence[Fact]) -> None:
    content = msgspec.msgpack.encode((key, [(type(each).__name__, each) for each in facts]))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        (file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
        new = file.with_suffix(f".{os.getpid()}.new")
        new.write_bytes(content)
        os.replace(new, file)
    except OSError:
        return


def _tool() -> str:
    """A name for the code that reads: change a reader, and what it said is forgotten."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted((Path(__file__).parent.parent / "evidence").rglob("*.py")):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {__version__} {sys.version_info[:3]}"
