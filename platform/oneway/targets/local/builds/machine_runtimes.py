"""What services can be written in, as this machine runs them. A new runtime is one entry and, if something is made for
it, one step: a function that installs what a lock file names, or builds."""

import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ....model import Build
from . import golang, maven, node
from .tools import Tool, read_version

_NAME: Final = re.compile(r"([a-z]+)([0-9.]*)")


@dataclass(frozen=True, slots=True)
class Step:
    """What is made for a build that has all of the `files`, in a folder of its own: from these alone, or from the
    `whole` build. `link` is a part of it that the program looks for beside its code, `programs` one with programs."""

    files: tuple[str, ...]
    make: Callable[[Path, Path, Tool], None]
    told: str
    whole: bool = False
    link: str = ""
    programs: str = ""


@dataclass(frozen=True, slots=True)
class Runtime:
    """How a service of one language runs here. `program` is what it runs on, or is built with, nothing where it brings
    all that it needs, and `get` how to come by it. `find_unpinned` tells what is not pinned, and `pin` how that is done
    where `platform lock` cannot. `libraries` is the variable with the folders that it looks for code in."""

    program: str = ""
    version: tuple[str, ...] = ("--version",)
    get: str = ""
    find_unpinned: Callable[[Path], str] = lambda app: ""
    pin: str = ""
    step: Step | None = None
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
        Tool(path, read_version(path, runtime_of(build).version))
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


def _split(build: Build) -> tuple[str, str]:
    found = _NAME.fullmatch(build.runtime or "")
    return (found[1], found[2]) if found else ("", "")


RUNTIMES: Final[Mapping[str, Runtime]] = {
    "python": Runtime(libraries="PYTHONPATH", variables={"PYTHONUNBUFFERED": "1"}),
    "node": Runtime(
        program="node",
        get="install Node.js, as with `apt-get install nodejs npm` or from nodejs.org",
        find_unpinned=node.find_unpinned,
        step=Step(
            ("package.json", "package-lock.json"),
            node.install,
            "installing the packages of",
            link="node_modules",
            programs="node_modules/.bin",
        ),
        libraries="NODE_PATH",
        variables={"NODE_ENV": "production"},
    ),
    "go": Runtime(
        program="go",
        version=("version",),
        get="install Go, as with `apt-get install golang-go` or from go.dev",
        find_unpinned=golang.find_unpinned,
        step=Step(("go.mod",), golang.build, "building", whole=True, programs="bin"),
    ),
    "java": Runtime(
        program="java",
        version=("-version",),
        get="install a Java runtime, as with `apt-get install openjdk-21-jre-headless`",
        find_unpinned=maven.find_unpinned,
        pin="write one version there: a range, a SNAPSHOT or LATEST names another tomorrow",
        step=Step(("pom.xml",), maven.build, "building", whole=True, link="target"),
        libraries="CLASSPATH",
    ),
    "static": Runtime(),
    "binary": Runtime(),
    "command": Runtime(),
}
"""`python` is found and its packages are installed by uv, see builds.py. `binary` is a program that lies in the folder,
`command` one that this machine has."""
