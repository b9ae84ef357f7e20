"""What this machine, and the files of a build, lack for it to be made and run here: the one answer that `check`,
`deploy --dry-run` and `deploy` give."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ....model import Build, Service
from ....model.fitness import Misfit
from ...base import TargetError
from ..backing.recipes import find_lack as find_backing_lack
from ..containers.runner import GET, find_runner, is_image
from . import maven
from .lock_file import require_lock
from .machine_runtimes import describe_difference, find_tool, runtime_of


def find_service_lacks(service: Service, root: Path, made: bool = False) -> Iterator[Misfit]:
    """Everything that is missing for the service: of a backing service the programs of its image."""
    if service.kind == "backing":
        lack = find_backing_lack(service)
        yield from () if lack is None else (lack,)
        return
    yield from find_lacks(service.name, service.build, root, made)
    for field, wanted in (("before", service.before), ("jobs", service.jobs)):
        if wanted and is_image(service.build):
            hint = "let a build with a runtime stand in: `environments: local: {build: …}`"
            yield Misfit((field,), f"has `{field}`, and this machine runs no commands of images", hint)


def find_lacks(service: str, build: Build, root: Path, made: bool = False) -> Iterator[Misfit]:
    """Everything that is missing. What was `made` already needs nothing more to be made from."""
    if build.runtime is None or is_image(build):
        yield from _find_no_engine(build)
        return
    runtime, tool = runtime_of(build), find_tool(build)
    if runtime.program and tool is None:
        yield Misfit(("build", "runtime"), f"needs {runtime.program}, which is not on this machine", runtime.get)
    elif build.strict and tool is not None and (difference := describe_difference(build, tool)):
        yield Misfit(("build", "strict"), f"is strict about its runtime: {difference}", runtime.get)
    if not made and build.path is not None:
        yield from _find_unmade(service, build, root / build.path)
        if build.runtime.startswith("python"):
            yield from _find_unlocked(service, build.path, root)


def _find_no_engine(build: Build) -> Iterator[Misfit]:
    """What is built from a Dockerfile or an image needs an engine to run it."""
    if not is_image(build):
        return
    kind, named = ("image", build.image) if build.image is not None else ("dockerfile", build.dockerfile or "")
    if find_runner() is None:
        yield Misfit(("build", kind), f"is built from {named}, and neither docker nor podman works here", GET)
    elif kind == "dockerfile" and not (build.path and Path(named).is_relative_to(build.path)):
        message = f"is built by {named}, which is not below `path`: what it copies is nowhere named"
        yield Misfit(("build", kind), message, "name the folder that it copies from with `path`, and keep it in there")


def _find_unmade(service: str, build: Build, app: Path) -> Iterator[Misfit]:
    runtime = runtime_of(build)
    if fault := runtime.find_unpinned(app):
        hint = runtime.pin or f"`platform lock {service}` does that, then commit it"
        yield Misfit(("build", "path"), f"is not pinned: {fault}", hint)
    if runtime.program == "java" and maven.is_project(app) and shutil.which("mvn") is None:
        yield Misfit(("build", "path"), "needs mvn, which is not on this machine", maven.GET)


def _find_unlocked(service: str, path: str, root: Path) -> Iterator[Misfit]:
    try:
        require_lock(root, path, service)
    except TargetError as error:
        yield Misfit(("build", "path"), f"is not pinned: {error.message}", error.hint)
