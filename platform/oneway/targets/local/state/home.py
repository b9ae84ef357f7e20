"""Where the local target keeps what it needs: a folder for each environment, and a short one for sockets.

The environment `local` has `.platform/` itself, every other one a folder in it. What is in one of them is nothing to
the others: records, ports, processes, the proxy, builds and logs are each environment's own.
"""

import hashlib
import os
import re
import sqlite3
import stat
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...base import TargetError

# The address of a Unix socket holds 104 bytes on macOS and 108 on Linux.
_LONGEST_SOCKET: Final = 100
_FOLDER: Final = ".platform"
_OTHERS: Final = "worlds"
DEFAULT: Final = "local"
_PLAIN: Final = re.compile(r"[A-Za-z0-9/._-]+")
_LONGEST_NAME: Final = len("/caddy-ffffffff-9999999999.sock")


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one environment of a checkout, below `root`."""

    root: Path

    @property
    def database(self) -> Path:
        return self.root / "state.db"

    @property
    def locks(self) -> Path:
        return self.root / "locks"

    @property
    def builds(self) -> Path:
        return self.root / "builds"

    @property
    def environments(self) -> Path:
        return self.root / "environments"

    @property
    def programs(self) -> Path:
        return self.root / "supervisor" / "programs"

    @property
    def replicas(self) -> Path:
        return self.root / "replicas"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def caddy(self) -> Path:
        return self.root / "caddy"

    @property
    def key(self) -> str:
        """Tells this environment from every other one on the machine, and from those of other checkouts."""
        return _key_of(self.root)

    @property
    def runtime(self) -> Path:
        """Where the sockets are: in the checkout where its path is short enough, else in /tmp under its key."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) + _LONGEST_NAME <= _LONGEST_SOCKET:
            return inside
        return _short_folder(self.root)

    def make(self) -> None:
        """Make the folders, readable by nobody else. TargetError when the runtime folder belongs to somebody else."""
        try:
            for folder in (self.root, self.locks, self.programs, self.replicas, self.logs, self.caddy, self.runtime):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise TargetError(
                f"{error.filename} cannot be made: {error.strerror}", "the checkout must be writable"
            ) from None
        _require_own(self.runtime)


def home_of(checkout: Path, environment: str) -> Home:
    """The environment's folders."""
    first = checkout / _FOLDER
    own = environment == first_environment(first)
    named = _name_plainly(first)
    return Home(named if own else named / _OTHERS / environment)


def neighbours(checkout: Path, environment: str) -> dict[str, Home]:
    """The folders of the checkout's other environments that were ever used, by name."""
    first = checkout / _FOLDER
    names = {path.name for path in (first / _OTHERS).glob("*") if path.is_dir()}
    if (first / "state.db").exists():
        names.add(first_environment(first))
    return {name: home_of(checkout, name) for name in sorted(names - {environment})}


def first_environment(first: Path) -> str:
    """The environment that has the first folder for itself: `local`, unless earlier versions, which had one folder for
    all, were used for another one alone."""
    mark = first / "environment"
    try:
        return mark.read_text(encoding="utf-8").strip() or DEFAULT
    except OSError:
        pass
    used = _environments_in(first / "state.db")
    owner = used.pop() if len(used) == 1 else DEFAULT
    if owner != DEFAULT:
        write_whole(mark, f"{owner}\n".encode())
    return owner


def _name_plainly(folder: Path) -> Path:
    """The folder by a name that every program reads alike: its own, or that of a link to it in a folder in /tmp.

    supervisor, Caddy, `PATH` and the first lines of scripts each read some characters as something else, and some of
    them know no way to quote.
    """
    if _PLAIN.fullmatch(str(folder)):
        return folder
    link = _short_folder(folder) / "home"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        link.parent.mkdir(mode=0o700, exist_ok=True)
        _require_own(link.parent)
        if not link.is_symlink() or os.readlink(link) != str(folder):
            link.unlink(missing_ok=True)
            link.symlink_to(folder)
    except OSError as error:
        raise TargetError(
            f"{link}, a link to this checkout, cannot be made: {error.strerror}",
            "/tmp and the checkout must be writable",
        ) from None
    return link


def _key_of(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]


def _short_folder(folder: Path) -> Path:
    return Path(f"/tmp/oneway-{os.getuid()}-{_key_of(folder)}")


def _require_own(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise TargetError(f"{folder} is not a folder that only you can enter", f"remove it: rm -r {folder}")


def _environments_in(database: Path) -> set[str]:
    """The environments of the releases that serve, as far as the records can be read."""
    if not database.is_file():
        return set()
    query = "SELECT json_extract(record, '$.environment') FROM releases WHERE json_extract(record, '$.state') = 'live'"
    try:
        with closing(sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return {str(name) for (name,) in connection.execute(query)}
    except sqlite3.Error:
        return set()


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file in one instant: whoever reads it, even after a crash, sees the old or the new content."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                os.replace(file.name, path)
            except OSError:
                os.unlink(file.name)
                raise
    except OSError as error:
        raise TargetError(f"{path} cannot be written: {error.strerror}", "is the disk full?") from None
