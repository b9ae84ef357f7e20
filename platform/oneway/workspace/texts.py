"""Manifest files read from disk: bounded, inside the repository, and every refusal a finding.

Plain strings and directory entries instead of `pathlib`: at 18,500 files that is most of the time reading takes.
"""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import Finding, Location, Severity
from ..model import is_measured

MAX_BYTES: Final = 1 << 20
_SUFFIXES: Final = (".yaml", ".yml")
_DEEPEST: Final = 40


@dataclass(frozen=True, slots=True)
class Texts:
    """Manifest files as (name relative to the root, content), sorted, and what could not be read."""

    files: tuple[tuple[str, bytes], ...]
    findings: tuple[Finding, ...] = ()


class Refused(Exception):
    """A file that cannot or must not be read: why, and what to do."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def is_manifest(name: str) -> bool:
    """Whether a file of that name, with its folder, is read: manifests, and what was measured beside them."""
    return name.endswith(_SUFFIXES) or is_measured(name)


def read_texts(root: str, folder: str) -> Texts:
    """Every manifest below `folder` (relative to the root, or empty for the root itself)."""
    files: list[tuple[str, bytes]] = []
    findings: list[Finding] = []
    for name, entry in _entries(root, folder, 0):
        if isinstance(entry, Refused):
            findings.append(_finding(name, entry))
            continue
        try:
            files.append((_plain_name(name), read_text(root, f"{root}/{name}", entry)))
        except Refused as refusal:
            findings.append(_finding(name, refusal))
    return Texts(tuple(sorted(files)), tuple(sorted(findings, key=lambda each: each.location.file)))


def read_text(root: str, path: str, linked: bool = True) -> bytes:
    """One file's content. Raises Refused for links that lead out of the root, and for what is no small plain file."""
    try:
        if linked:
            _keep_inside(root, path)
        opened = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        try:
            status = os.fstat(opened)
            if not stat.S_ISREG(status.st_mode):
                raise Refused("this is not a regular file", "a manifest is a file of text")
            if status.st_size > MAX_BYTES:
                raise _too_big(status.st_size)
            return _bounded(opened, status.st_size)
        finally:
            os.close(opened)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise Refused("the file is a link that leads to itself", "put the file itself here") from None
        raise Refused(f"the file cannot be read: {error.strerror or error}", "check its permissions") from None


def _entries(root: str, folder: str, depth: int) -> Iterator[tuple[str, bool | Refused]]:
    """Names of manifests below the folder with whether each is a link, or why a folder is not looked into."""
    if depth > _DEEPEST:
        yield folder, Refused(f"folders are nested more than {_DEEPEST} deep", "keep manifests in a few folders")
        return
    try:
        with os.scandir(f"{root}/{folder}") as found:
            entries = sorted(found, key=lambda each: each.name)
    except OSError as error:
        yield folder, Refused(f"the folder cannot be read: {error.strerror or error}", "check its permissions")
        return
    for entry in entries:
        name = f"{folder}/{entry.name}" if folder else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _entries(root, name, depth + 1)
        elif is_manifest(name):
            yield name, entry.is_symlink()
        elif entry.is_symlink() and entry.is_dir():
            yield name, Refused("this folder is a link, and is not looked into", "put the folder itself here")


def _keep_inside(root: str, path: str) -> None:
    real = os.path.realpath(path, strict=True)
    if os.path.commonpath((os.path.realpath(root), real)) != os.path.realpath(root):
        raise Refused("the file is a link that leads out of the repository", "put the file itself here")


def _bounded(opened: int, size: int) -> bytes:
    """Up to MAX_BYTES; the size looked at before may have grown since."""
    content = os.read(opened, size + 1)
    if len(content) == size:
        return content
    parts = [content]
    while parts[-1] and sum(map(len, parts)) <= MAX_BYTES:
        parts.append(os.read(opened, MAX_BYTES))
    if sum(map(len, parts)) > MAX_BYTES:
        raise _too_big(sum(map(len, parts)))
    return b"".join(parts)


def _too_big(size: int) -> Refused:
    return Refused(f"the file has {size} bytes, more than {MAX_BYTES}", "a manifest is a page of text")


def _plain_name(name: str) -> str:
    if not name.isprintable():
        raise Refused("the file's name has characters that cannot be shown", "rename it")
    return name


def _finding(name: str, refusal: Refused) -> Finding:
    shown = "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in name)
    return Finding("manifest-syntax", Severity.ERROR, refusal.message, Location(shown), refusal.hint)
