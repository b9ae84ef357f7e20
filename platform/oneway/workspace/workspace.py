"""The repository that holds the manifests."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..errors import Finding, Location, Severity, UsageError
from . import git

MAX_BYTES: Final = 1 << 20
_SUFFIXES: Final = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Texts:
    """Manifest files as (name relative to the root, content), sorted, and what could not be read."""

    files: tuple[tuple[str, bytes], ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Workspace:
    """The root that every path in a manifest is relative to, and the folder of manifests in it."""

    root: Path
    manifests: Path

    def read(self) -> Texts:
        """Every manifest below the folder. A file that cannot or must not be read becomes a finding."""
        files: list[tuple[str, bytes]] = []
        findings: list[Finding] = []
        for path in _manifest_paths(self.manifests):
            name = self.name(path)
            try:
                files.append((name, self._content(path)))
            except _Refused as refusal:
                findings.append(
                    Finding("manifest-syntax", Severity.ERROR, refusal.message, Location(name), refusal.hint)
                )
        return Texts(tuple(files), tuple(findings))

    def content(self, name: str) -> bytes:
        """One file's content by its name relative to the root; OSError when it cannot be read."""
        return (self.root / name).read_bytes()

    def name(self, path: Path) -> str:
        """The path relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def at(self, revision: str) -> Texts:
        """The manifests as they were at a git revision. OnewayError when git does not know it."""
        inside = self.name(self.manifests)
        contents = git.contents_at(self.root, revision, inside)
        return Texts(tuple(sorted((name, data) for name, data in contents.items() if name.endswith(_SUFFIXES))))

    def changed(self, revision: str) -> tuple[str, ...]:
        """Every path that differs from the revision, untracked files included, sorted."""
        return git.changed_since(self.root, revision)

    def _content(self, path: Path) -> bytes:
        try:
            real = path.resolve(strict=True)
            if not real.is_relative_to(self.root):
                raise _Refused("the file is a link that leads out of the repository", "put the file itself here")
            if not real.is_file():
                raise _Refused("this is not a regular file", "a manifest is a file of text")
            size = real.stat().st_size
            if size > MAX_BYTES:
                raise _Refused(f"the file has {size} bytes, more than {MAX_BYTES}", "a manifest is a page of text")
            return path.read_bytes()
        except OSError as error:
            raise _Refused(f"the file cannot be read: {error.strerror or error}", "check its permissions") from None


class _Refused(Exception):
    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def find(manifests: Path | None = None, start: Path | None = None) -> Workspace:
    """The workspace of a folder of manifests, or of the first `manifests/` found upward from `start`.

    The root is the git work tree around the folder, or the folder's parent where there is none.
    Raises UsageError when there is no such folder.
    """
    if manifests is not None:
        if not manifests.is_dir():
            raise UsageError(f"{manifests} is not a folder", "name the folder that holds platform.yaml")
        return _around(manifests.resolve())
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "manifests").is_dir():
            return _around(folder / "manifests")
    raise UsageError(
        f"no folder manifests/ in {here} or above it",
        "go to your repository, name the folder with --manifests DIR, or start with `platform new SERVICE`",
    )


def _around(manifests: Path) -> Workspace:
    for folder in manifests.parents:
        if (folder / ".git").exists():
            return Workspace(folder, manifests)
    return Workspace(manifests.parent, manifests)


def _manifest_paths(folder: Path) -> list[Path]:
    return sorted(Path(base, name) for base, _, names in os.walk(folder) for name in names if name.endswith(_SUFFIXES))
