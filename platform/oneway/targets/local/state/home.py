"""Where the local target keeps what it needs: `.platform/` in the checkout, and a short folder for sockets."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ...base import TargetError

# The address of a Unix socket holds 104 bytes on macOS and 108 on Linux.
_LONGEST_SOCKET: Final = 100
_LONGEST_NAME: Final = len("/caddy-ffffffff-9999999999.sock")


@dataclass(frozen=True, slots=True)
class Home:
    """The folders of one checkout; `root` is its `.platform`."""

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
        """Tells this checkout from every other one on the machine."""
        return hashlib.sha256(str(self.root).encode()).hexdigest()[:12]

    @property
    def runtime(self) -> Path:
        """Where the sockets are: in the checkout where its path is short enough, else in /tmp under its key."""
        inside = self.root / "run"
        if len(os.fsencode(inside)) + _LONGEST_NAME <= _LONGEST_SOCKET:
            return inside
        return Path(f"/tmp/oneway-{os.getuid()}-{self.key}")

    def make(self) -> None:
        """Make the folders, readable by nobody else. TargetError when the runtime folder belongs to somebody else."""
        try:
            for folder in (self.root, self.locks, self.programs, self.replicas, self.logs, self.caddy, self.runtime):
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise TargetError(
                f"{error.filename} cannot be made: {error.strerror}", "the checkout must be writable"
            ) from None
        found = self.runtime.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise TargetError(
                f"{self.runtime} is not a folder that only you can enter", f"remove it: rm -r {self.runtime}"
            )


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
