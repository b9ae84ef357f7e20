"""What git knows: files at a revision, changes since it, and what it ignores."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from ..errors import OnewayError


@dataclass(frozen=True, slots=True)
class Standing:
    """What git says of the work tree: the commit, who made it, and whether files differ from it."""

    commit: str
    author: str
    dirty: bool


def standing(root: Path) -> Standing | None:
    """How the work tree stands; None where there is no git, no work tree, or no commit yet."""
    try:
        commit, author = _git(root, "log", "-1", "--format=%H%n%an <%ae>").decode("utf-8", "replace").splitlines()[:2]
        return Standing(commit, author, bool(_git(root, "status", "--porcelain", "--", ".", ":(exclude).platform")))
    except (OnewayError, ValueError):
        return None


def read_at(root: Path, revision: str, inside: str) -> dict[str, bytes]:
    """Every file below `inside` at the revision, by name relative to the root."""
    commit = _commit(root, revision)
    listing = _git(root, "ls-tree", "-r", "-z", "--full-tree", commit, "--", inside).decode("utf-8", "surrogateescape")
    entries = [line.split("\t", 1) for line in listing.split("\0") if line]
    blobs = [
        (name, head.split()[2]) for head, name in entries if head.split()[1] == "blob" and not head.startswith("12")
    ]
    stream = _git(root, "cat-file", "--batch", feed="".join(f"{blob}\n" for _, blob in blobs).encode())
    contents: dict[str, bytes] = {}
    at = 0
    for name, _ in blobs:
        end = stream.index(b"\n", at)
        size = int(stream[at:end].split()[2])
        contents[name] = stream[end + 1 : end + 1 + size]
        at = end + 1 + size + 1
    return contents


def list_changed(root: Path, revision: str) -> tuple[str, ...]:
    """Paths that differ between the revision and the work tree, untracked ones included."""
    commit = _commit(root, revision)
    tracked = _git(root, "diff", "--name-only", "--no-renames", "-z", commit, "--")
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    return tuple(
        sorted({name for name in (tracked + untracked).decode("utf-8", "surrogateescape").split("\0") if name})
    )


def list_files(root: Path, inside: str) -> list[str] | None:
    """Files below `inside` that git tracks, or would; None where the root is no git work tree."""
    if not (root / ".git").exists():
        return None
    names = _git(root, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", inside)
    return sorted({name for name in names.decode("utf-8", "surrogateescape").split("\0") if name})


def origin(root: Path) -> str | None:
    """The address of the remote that is called origin; None where there is none. A password may be in it."""
    try:
        return _git(root, "remote", "get-url", "origin").decode("utf-8", "replace").strip()
    except OnewayError:
        return None


def _commit(root: Path, revision: str) -> str:
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    except OnewayError:
        raise OnewayError(
            f"git knows no revision {revision!r}", "name a branch, tag or commit that was fetched, as in origin/main"
        ) from None
    return found.decode().strip()


def _git(root: Path, *arguments: str, feed: bytes | None = None) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], input=feed, capture_output=True, check=False)
    except FileNotFoundError:
        raise OnewayError("git is not installed", "this needs git: install it and try again") from None
    if done.returncode:
        reason = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise OnewayError(
            f"git {arguments[0]} failed: {reason[-1] if reason else done.returncode}", "is this a git repository?"
        )
    return done.stdout
