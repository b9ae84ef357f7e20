"""What goes into a service's build: its files, where they land, and the digest that names them."""

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import OnewayError
from ..model import Service
from ..model.never_built import VIRTUAL_ENVIRONMENT, NeverBuilt, has_secret, is_read_first, why_never_built
from . import git

_MOST_NAMED: Final = 6


@dataclass(frozen=True, slots=True)
class ContextFile:
    """One file of a build: where it lands below the build's root, and where it comes from."""

    target: str
    source: Path
    executable: bool
    digest: str


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that the folders of a build hold and the build does not, by its path in the repository, and why."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Context:
    """All files of a build, sorted by where they land, and the sha256 over their names, modes and contents.

    `left_out` is what somebody may miss: what may hold secrets, and links that cannot be followed.
    """

    files: tuple[ContextFile, ...]
    digest: str
    left_out: tuple[LeftOut, ...] = ()

    def describe_left_out(self) -> str:
        """What was left out in one line; empty where nothing was."""
        if not self.left_out:
            return ""
        named = [f"{each.path} ({each.reason})" for each in self.left_out[:_MOST_NAMED]]
        more = len(self.left_out) - len(named)
        return f"left out of the build: {', '.join(named)}{f' and {more} more' if more else ''}"


def build_context(root: Path, service: Service) -> Context:
    """The files of `build.path` below `app/` and of every `build.include` below `include/<folder>/`.

    What git ignores is left out, and so is what never goes into a build. Raises OnewayError when a folder is missing or
    is never built, and when a link leads out of the repository.
    """
    build = service.build
    pairs = [(build.path, "app")] if build.path else []
    pairs += [(folder, f"include/{folder}") for folder in build.include]
    found = [each for folder, target in pairs for each in _find(root, folder, target, service.name)]
    files = sorted((each for each in found if isinstance(each, ContextFile)), key=lambda each: each.target)
    left_out = sorted({each for each in found if isinstance(each, LeftOut)}, key=lambda each: each.path)
    digest = hashlib.sha256()
    for each in files:
        digest.update(f"{each.target}\0{int(each.executable)}\0{each.digest}\n".encode("utf-8", "surrogateescape"))
    return Context(tuple(files), digest.hexdigest(), tuple(left_out))


def _find(root: Path, folder: str, target: str, service: str) -> Iterator[ContextFile | LeftOut]:
    top = root / folder
    if not top.is_dir():
        raise OnewayError(
            f"{service} is built from {folder}, which is not a folder", f"correct `build` in {service}'s manifest"
        )
    if (reason := why_never_built(_inside(root, top).parts)) is not None:
        raise OnewayError(
            f"{service} is built from {folder}, which never goes into a build: it {reason}",
            f"name a folder of code under `build` in {service}'s manifest",
        )
    names = git.list_files(root, folder)
    paths = list(_walk(top)) if names is None else [root / name for name in names]
    environments = _virtual_environments(top, paths)
    for path in paths:
        inside = path.relative_to(top)
        reason = why_never_built(inside.parts)
        if environments.intersection(path.parents):
            reason = NeverBuilt.REMADE
        if reason is NeverBuilt.SECRET and is_read_first(path.name) and path.is_file() and not path.is_symlink():
            reason = (
                NeverBuilt.SECRET if has_secret(path.name, path.read_bytes()) else why_never_built(inside.parts[:-1])
            )
        if reason is NeverBuilt.SECRET:
            yield LeftOut(path.relative_to(root).as_posix(), reason)
        elif reason is None:
            yield from _take(root, path, f"{target}/{inside.as_posix()}")


def _take(root: Path, path: Path, target: str) -> Iterator[ContextFile | LeftOut]:
    """The file, or that it is a link to what is not followed; nothing for what is no file and no link."""
    real = _inside(root, path)
    shown = path.relative_to(root).as_posix()
    if path.is_symlink() or real != path.relative_to(root):
        if (reason := why_never_built(real.parts)) is not None:
            yield LeftOut(shown, f"a link to {real}, which {reason}")
            return
        if not path.is_file():
            what = "a folder: name that under `include`" if path.is_dir() else "nothing"
            yield LeftOut(shown, f"a link to {what}")
            return
    if path.is_file():
        executable = bool(path.stat().st_mode & stat.S_IXUSR)
        with path.open("rb") as content:
            digest = hashlib.file_digest(content, "sha256").hexdigest()
        yield ContextFile(target, path, executable, digest)


def _inside(root: Path, path: Path) -> Path:
    """Where the path leads, relative to the root; a ring of links leads nowhere, and stays what it is. Raises
    OnewayError where that is outside."""
    try:
        return Path(os.path.realpath(path)).relative_to(os.path.realpath(root))
    except ValueError:
        raise OnewayError(
            f"{path.relative_to(root)} is a link that leads out of the repository", "put the file itself there"
        ) from None


def _walk(top: Path) -> Iterator[Path]:
    """Every file below the folder, and every link to a folder, for those are not walked into."""
    for base, folders, names in os.walk(top):
        yield from (Path(base, name) for name in names)
        yield from (path for path in (Path(base, name) for name in folders) if path.is_symlink())


def _virtual_environments(top: Path, paths: Iterable[Path]) -> set[Path]:
    return {path.parent for path in paths if path.name == VIRTUAL_ENVIRONMENT and path.parent != top}
