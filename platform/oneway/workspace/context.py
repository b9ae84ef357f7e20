"""What goes into a service's build: its files, where they land, and the digest that names them."""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import OnewayError
from ..model import Service
from . import git

_NEVER: Final = frozenset({"__pycache__", ".git", ".venv", "node_modules", ".platform", ".mypy_cache", ".pytest_cache"})


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file of a build: where it lands below the build's root, and where it comes from."""

    target: str
    source: Path
    executable: bool
    digest: str


@dataclass(frozen=True, slots=True)
class Context:
    """All files of a build, sorted by where they land, and the sha256 over their names, modes and contents."""

    files: tuple[ContextFile, ...]
    digest: str


def build_context(root: Path, service: Service) -> Context:
    """The files of `build.path` below `app/` and of every `build.include` below `include/<folder>/`.

    What git ignores is left out. Raises OnewayError when a folder is missing or a link leads out of the root.
    """
    build = service.build
    pairs = [(build.path, "app")] if build.path else []
    pairs += [(folder, f"include/{folder}") for folder in build.include]
    files = sorted(
        (each for folder, target in pairs for each in _files(root, folder, target, service.name)),
        key=lambda each: each.target,
    )
    digest = hashlib.sha256()
    for each in files:
        digest.update(f"{each.target}\0{int(each.executable)}\0{each.digest}\n".encode("utf-8", "surrogateescape"))
    return Context(tuple(files), digest.hexdigest())


def _files(root: Path, folder: str, target: str, service: str) -> list[ContextFile]:
    top = root / folder
    if not top.is_dir():
        raise OnewayError(
            f"{service} is built from {folder}, which is not a folder", f"correct `build` in {service}'s manifest"
        )
    names = git.list_files(root, folder)
    paths = _walk(top) if names is None else [root / name for name in names]
    kept = [path for path in paths if not _NEVER.intersection(path.relative_to(top).parts) and path.is_file()]
    return [_file(root, path, f"{target}/{path.relative_to(top).as_posix()}") for path in kept]


def _walk(top: Path) -> list[Path]:
    return [Path(base, name) for base, _, names in os.walk(top) for name in names]


def _file(root: Path, path: Path, target: str) -> ContextFile:
    if not path.resolve().is_relative_to(root.resolve()):
        raise OnewayError(
            f"{path.relative_to(root)} is a link that leads out of the repository", "put the file itself there"
        )
    executable = bool(path.stat().st_mode & stat.S_IXUSR)
    with path.open("rb") as content:
        return ContextFile(target, path, executable, hashlib.file_digest(content, "sha256").hexdigest())
