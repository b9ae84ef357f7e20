"""servicekit for a new service: where the repository has it, or where it can be copied from."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import UsageError

HOME: Final = "platform/servicekit"
_TOOL: Final = Path(__file__).resolve().parents[2]
_LOCKED: Final = "requirements.txt"
_WANTED: Final = "requirements.in"
_KINDS: Final = frozenset({".py", ".typed", ".md", ".toml", ".txt", ".in"})


@dataclass(frozen=True, slots=True)
class Kit:
    """Its folder relative to the root, its two lists of requirements, and the files to write to have it there."""

    folder: str
    locked: str
    wanted: str
    files: Mapping[str, str]


def find_kit(root: Path, named: str | None) -> Kit:
    """servicekit in the repository; otherwise a copy of the folder named, or of the one beside the tool.

    A build takes in folders of the repository only, so that what is outside has to be copied. UsageError when it is
    nowhere.
    """
    for place in (root / (named or HOME), Path.cwd() / named if named else _TOOL / "servicekit"):
        folder = place.resolve()
        if (folder / _LOCKED).is_file() and (folder / _WANTED).is_file():
            if folder.is_relative_to(root.resolve()):
                return _kit(folder.relative_to(root.resolve()).as_posix(), folder, {})
            return _kit(HOME, folder, _copied(folder, root))
    raise UsageError(
        f"servicekit is not in {named or HOME}, and the new service is built on it",
        f"name its folder with --servicekit DIR: it is {HOME} in a checkout of Oneway, and is copied into yours",
    )


def _kit(folder: str, source: Path, files: Mapping[str, str]) -> Kit:
    locked, wanted = ((source / name).read_text(encoding="utf-8") for name in (_LOCKED, _WANTED))
    return Kit(folder, locked, wanted, files)


def _copied(folder: Path, root: Path) -> dict[str, str]:
    if (root / HOME).exists():
        raise UsageError(f"{HOME} exists already", "leave --servicekit away to build on it, or remove it")
    return {
        f"{HOME}/{file.relative_to(folder).as_posix()}": file.read_text(encoding="utf-8")
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix in _KINDS and not _made(file.relative_to(folder))
    }


def _made(file: Path) -> bool:
    """Whether a tool made it: caches, environments, package metadata."""
    return any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in file.parts)
