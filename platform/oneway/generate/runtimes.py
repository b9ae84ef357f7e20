"""The runtimes that a Dockerfile can be generated for, by the name that a manifest gives them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Runtime:
    """A template, the base image it stands on, and the files that pin the dependencies.

    `builder` is the image that builds it, where that is another one; with `project` it is built where that file is, by
    the `project_template`, and is ready otherwise.
    """

    template: str
    base: str
    pins: tuple[str, ...] = ()
    builder: str = ""
    project: str = ""
    project_template: str = ""


RUNTIMES: Final = {
    **{
        f"python{minor}": Runtime("python", f"python:{minor}-slim", ("requirements.txt",))
        for minor in ("3.11", "3.12", "3.13", "3.14")
    },
    **{
        f"node{major}": Runtime("node", f"node:{major}-slim", ("package.json", "package-lock.json"))
        for major in ("20", "22", "24")
    },
    **{
        f"go{minor}": Runtime("go", "debian:13-slim", ("go.mod", "go.sum"), builder=f"golang:{minor}-trixie")
        for minor in ("1.23", "1.24", "1.25")
    },
    **{
        f"java{major}": Runtime(
            "plain",
            f"eclipse-temurin:{major}-jre",
            builder=f"maven:3.9-eclipse-temurin-{major}",
            project="pom.xml",
            project_template="maven",
        )
        for major in ("17", "21", "25")
    },
    "binary": Runtime("plain", "debian:13-slim"),
    "static": Runtime("static", "caddy:2.11-alpine"),
}
