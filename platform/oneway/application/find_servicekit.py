"""servicekit for a new service: its folder where the repository has it, or else its wheel, which the tool brings."""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..errors import UsageError
from ..model import WHEELS
from .servicekit_wheel import build_servicekit

HOME: Final = "platform/servicekit"
_PACKAGE: Final = Path(__file__).resolve().parents[1]
_LOCKED: Final = "requirements.txt"
_WANTED: Final = "requirements.in"
_WHEEL: Final = "oneway_servicekit-*.whl"
_KINDS: Final = frozenset({".py", ".typed", ".md", ".toml", ".txt", ".in"})


@dataclass(frozen=True, slots=True)
class Servicekit:
    """How a service gets it: the folder that goes into its build, its requirements.in and requirements.txt, and the
    files to write to have it there. `pinned`: the requirements name it, and the folder has its wheel."""

    folder: str
    wanted: str
    locked: str
    files: Mapping[str, bytes] = field(default_factory=dict)
    pinned: bool = False


def find_servicekit(root: Path, named: str | None) -> Servicekit:
    """The folder named, or the one of this repository, or else the wheel.

    A build takes in folders of the repository only, so that what is outside has to be copied. UsageError when it is
    nowhere.
    """
    for place in (root / (named or HOME), *([Path.cwd() / named] if named else [])):
        folder = place.resolve()
        if (folder / _LOCKED).is_file() and (folder / _WANTED).is_file():
            inside = folder.is_relative_to(root.resolve())
            home = folder.relative_to(root.resolve()).as_posix() if inside else HOME
            files = {} if inside else _copied(folder, root)
            wanted, locked = ((folder / name).read_text(encoding="utf-8") for name in (_WANTED, _LOCKED))
            return Servicekit(home, wanted, locked, files)
    if named:
        raise UsageError(f"servicekit is not in {named}", "name its folder, or leave --servicekit away")
    return _from_wheel(root)


def _from_wheel(root: Path) -> Servicekit:
    with tempfile.TemporaryDirectory(prefix="oneway-wheel-") as folder:
        wheels = _bundled() or _built(Path(folder))
        wheel = next(wheels.glob(_WHEEL))
        name = f"{WHEELS}/{wheel.name}"
        mine = root / name
        content = (mine if mine.is_file() else wheel).read_bytes()
        pin = f"oneway-servicekit=={wheel.name.split('-')[1]}"
        digest = hashlib.sha256(content).hexdigest()
        locked = f"{pin} \\\n    --hash=sha256:{digest}\n" + (wheels / _LOCKED).read_text(encoding="utf-8")
        return Servicekit(WHEELS, f"{pin}\n", locked, {} if mine.is_file() else {name: content}, pinned=True)


def _bundled() -> Path | None:
    """Where the installed tool brings the wheel along; None in a checkout, which has the folder instead."""
    folder = _PACKAGE / WHEELS
    return folder if any(folder.glob(_WHEEL)) else None


def _built(into: Path) -> Path:
    source = _PACKAGE.parent / "servicekit"
    try:
        build_servicekit(source, into)
    except (OSError, RuntimeError) as error:
        raise UsageError(
            f"servicekit, on which the new service is built, cannot be built from {source}: {error}",
            "name a folder that has it with --servicekit DIR, or install oneway from its wheel",
        ) from None
    return into


def _copied(folder: Path, root: Path) -> dict[str, bytes]:
    if (root / HOME).exists():
        raise UsageError(f"{HOME} exists already", "leave --servicekit away to build on it, or remove it")
    return {
        f"{HOME}/{file.relative_to(folder).as_posix()}": file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix in _KINDS and not _is_made_by_a_tool(file.relative_to(folder))
    }


def _is_made_by_a_tool(file: Path) -> bool:
    """Whether it is a cache, an environment or the metadata of a package."""
    return any(part.startswith((".", "__pycache__")) or part.endswith(".egg-info") for part in file.parts)
