"""What services can be written in, as this machine runs them. A new runtime is one entry and, if it has packages, one
function that installs what its lock file names."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final

from ....model import Build
from ....model.fitness import Misfit
from ...base import TargetError

_ASK_SECONDS: Final = 20
_INSTALL_SECONDS: Final = 1200
_MOST_OUTPUT: Final = 12
_NAME: Final = re.compile(r"([a-z]+)([0-9.]*)")
_NUMBER: Final = re.compile(r"\d+(\.\d+)*")


@dataclass(frozen=True, slots=True)
class Tool:
    """A program of this machine that services run on, and its version."""

    path: str
    version: str

    @property
    def folder(self) -> str:
        return str(Path(self.path).parent)


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a service of one language runs here. `program` is what it runs on, nothing where it brings all that it needs,
    and `get` how to come by it. `locks` are the files that pin its packages, and `find_unpinned` tells what is not
    pinned. `libraries` is the variable with the folders that it looks for code in."""

    program: str = ""
    version: tuple[str, ...] = ("--version",)
    get: str = ""
    locks: tuple[str, ...] = ()
    find_unpinned: Callable[[Path], str] = lambda app: ""
    install: "Callable[[Path, Path, Tool], None] | None" = None
    libraries: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)


def runtime_of(build: Build) -> Runtime:
    """The entry of the build's runtime."""
    return RUNTIMES[_split(build)[0]]


def find_tool(build: Build) -> Tool | None:
    """The program that the build runs on, the best that this machine has: with the version in its name, or without.
    None where there is none, or none is needed."""
    program, (_, wanted) = runtime_of(build).program, _split(build)
    if not program:
        return None
    found = [
        Tool(path, _version(path, runtime_of(build).version))
        for path in map(shutil.which, (f"{program}{wanted}", f"{program}-{wanted}", program))
        if path
    ]
    return next((each for each in found if fits(build, each)), found[0] if found else None)


def fits(build: Build, tool: Tool) -> bool:
    """Whether the tool is of the version that the build declares."""
    wanted = _split(build)[1]
    return not wanted or tool.version == wanted or tool.version.startswith(f"{wanted}.")


def describe_difference(build: Build, tool: Tool) -> str:
    """Which version the build declares, and which one this machine has instead; nothing where they agree."""
    if fits(build, tool):
        return ""
    program, wanted = runtime_of(build).program, _split(build)[1]
    return f"{program} {wanted} is declared, and this machine has {program} {tool.version or 'of another version'}"


def find_lacks(service: str, build: Build, root: Path) -> Iterator[Misfit]:
    """What this machine, and the files of the build, lack for it to be made and run here. What is built
    from an image or a Dockerfile is none of its business."""
    if build.runtime is None:
        return
    runtime, tool = runtime_of(build), find_tool(build)
    if runtime.program and tool is None:
        yield Misfit(("build", "runtime"), f"needs {runtime.program}, which is not on this machine", runtime.get)
    elif build.strict and tool is not None and (difference := describe_difference(build, tool)):
        yield Misfit(("build", "strict"), f"is strict about its runtime: {difference}", runtime.get)
    app = root / (build.path or ".")
    if fault := runtime.find_unpinned(app):
        yield Misfit(
            ("build", "path"), f"is not pinned: {fault}", f"`platform lock {service}` does that, then commit it"
        )


def _split(build: Build) -> tuple[str, str]:
    found = _NAME.fullmatch(build.runtime or "")
    return (found[1], found[2]) if found else ("", "")


@cache
def _version(path: str, arguments: tuple[str, ...]) -> str:
    try:
        done = subprocess.run([path, *arguments], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = _NUMBER.search(done.stdout + done.stderr)
    return found[0] if found else ""


def _find_unpinned_node(app: Path) -> str:
    try:
        named = json.loads((app / "package.json").read_bytes()).get("dependencies")
    except (OSError, ValueError, AttributeError):
        return ""
    pinned = (app / "package-lock.json").exists() or not named
    return "" if pinned else "package.json names packages, and nothing pins them"


def run_npm(node: Tool, folder: Path, *words: str) -> None:
    """TargetError with npm's last lines when it fails."""
    path = f"{node.folder}:{os.environ.get('PATH', '')}"
    npm = shutil.which("npm", path=path)
    if npm is None:
        raise TargetError("npm is not on this machine", "install npm beside node")
    try:
        done = subprocess.run(
            [npm, *words, "--no-audit", "--no-fund"],
            cwd=folder,
            env={**os.environ, "PATH": path},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise TargetError(f"npm {words[0]} did not end within {_INSTALL_SECONDS} s", "is the network slow?") from None
    if done.returncode:
        said = [line.strip() for line in done.stderr.splitlines() if line.strip()][-_MOST_OUTPUT:]
        raise TargetError(
            f"npm {words[0]} failed: {' / '.join(said)}", "check package.json, its lock file and npm's settings"
        )


def _install_node(folder: Path, app: Path, node: Tool) -> None:
    """As the generated Dockerfile does: what the lock file names, and no scripts of packages."""
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(app / name, folder / name)
    run_npm(node, folder, "ci", "--omit=dev", "--ignore-scripts")
    (folder / "node_modules").mkdir(exist_ok=True)


RUNTIMES: Final[Mapping[str, Runtime]] = {
    "python": Runtime(
        locks=("requirements.txt",),
        libraries="PYTHONPATH",
        variables={"PYTHONUNBUFFERED": "1"},
    ),
    "node": Runtime(
        program="node",
        get="install Node.js, as with `apt-get install nodejs npm` or from nodejs.org",
        locks=("package.json", "package-lock.json"),
        find_unpinned=_find_unpinned_node,
        install=_install_node,
        libraries="NODE_PATH",
        variables={"NODE_ENV": "production"},
    ),
    "java": Runtime(
        program="java",
        version=("-version",),
        get="install a Java runtime, as with `apt-get install openjdk-21-jre-headless`",
        libraries="CLASSPATH",
    ),
    "static": Runtime(),
    "binary": Runtime(),
    "command": Runtime(),
}
"""`python` is found and its packages are installed by uv, see builds.py. `binary` is a program that lies in the folder,
`command` one that this machine has."""
