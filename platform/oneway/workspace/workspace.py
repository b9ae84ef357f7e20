"""The repository that holds the manifests."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError
from . import git
from .texts import Texts, is_manifest, read_texts


@dataclass(frozen=True, slots=True)
class Workspace:
    """The root that every path in a manifest is relative to, and the folder of manifests in it."""

    root: Path
    manifests: Path

    def read(self) -> Texts:
        """Every manifest below the folder. A file that cannot or must not be read becomes a finding."""
        inside = self.name(self.manifests)
        return read_texts(str(self.root), "" if inside == "." else inside)

    def content(self, name: str) -> bytes:
        """One file's content by its name relative to the root; OSError when it cannot be read."""
        return (self.root / name).read_bytes()

    def has_file(self, name: str) -> bool:
        """Whether the path relative to the root is a file, or a folder where it ends in `/`."""
        path = self.root / name
        return path.is_dir() if name.endswith("/") else path.is_file()

    def name(self, path: Path) -> str:
        """The path relative to the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def at(self, revision: str) -> Texts:
        """The manifests as they were at a git revision. OnewayError when git does not know it."""
        inside = self.name(self.manifests)
        contents = git.read_at(self.root, revision, inside)
        return Texts(tuple(sorted((name, data) for name, data in contents.items() if is_manifest(name))))

    def content_at(self, revision: str, name: str) -> bytes:
        """One file's content at a git revision; FileNotFoundError where it was not there."""
        found = git.read_at(self.root, revision, name)
        if name not in found:
            raise FileNotFoundError(2, "it is not there", name)
        return found[name]

    def changed(self, revision: str) -> tuple[str, ...]:
        """Every path that differs from the revision, untracked files included, sorted."""
        return git.list_changed(self.root, revision)


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
        "go to your repository, name the folder with --manifests DIR, or start with `platform init`",
    )


def _around(manifests: Path) -> Workspace:
    for folder in manifests.parents:
        if (folder / ".git").exists():
            return Workspace(folder, manifests)
    return Workspace(manifests.parent, manifests)
