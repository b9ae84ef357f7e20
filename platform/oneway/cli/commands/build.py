"""`platform build`: the image of a service, from its generated Dockerfile or its own."""

import difflib
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from msgspec.structs import replace

from ...application.reading import deploy_environment, read_system, require_sound
from ...errors import OnewayError, UsageError
from ...generate import (
    DEFAULT_MIRROR,
    LOCK_FILE,
    Images,
    base_image,
    dockerfiles,
    image_name,
    lock_text,
    read_images,
)
from ...model import Service, System
from ...workspace import Workspace
from ...workspace.engine import EPOCH, Engine, Recipe, find_engine
from ...workspace.image_context import lay_out
from ..options import Env, Manifests


def command(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE...", help="The services to build.")],
    manifests: Manifests = None,
    env: Env = None,
    push: Annotated[
        bool, typer.Option("--push", help=f"Push to the environment's registry and record the digest in {LOCK_FILE}.")
    ] = False,
    pin: Annotated[
        bool, typer.Option("--pin", help=f"Pull the base (or ready) image first and record its digest in {LOCK_FILE}.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Record another digest for a version that has one already.")
    ] = False,
    mirror: Annotated[
        str | None,
        typer.Option("--mirror", metavar="PREFIX", help="Where base images come from, as in mirror.io/lib/."),
    ] = None,
    network: Annotated[
        str | None, typer.Option("--network", metavar="NET", help="The network that the build may use, as in host.")
    ] = None,
) -> None:
    """Build images with docker, podman or buildah, whichever works here. The same inputs make the same image.

    Where a service runs locally, deploy makes its build by itself: no image and no engine is needed.

    Example: platform build caption --env prod --push
    """
    reading = read_system(manifests, None)
    reading = read_system(manifests, deploy_environment(reading.loaded, env))
    system = require_sound(reading)
    chosen = [_service(system, name) for name in dict.fromkeys(services)]
    engine = find_engine()
    if engine is None:
        _without_engine(system, push or pin)
        return
    work = _Work(reading.workspace, system, engine, {"MIRROR": mirror} if mirror else {}, network)
    for service in chosen:
        if pin:
            work.pin(service, again)
        if service.build.image is not None:
            typer.echo(f"{service.name} runs {service.build.image}: there is nothing to build")
            continue
        work.build(service)
        if push:
            work.push(service, again)


@dataclass(frozen=True, slots=True)
class _Work:
    """Everything that is the same for all services of one run."""

    workspace: Workspace
    system: System
    engine: Engine
    arguments: Mapping[str, str]
    network: str | None

    def pin(self, service: Service, again: bool) -> None:
        if service.build.image is not None:
            digest = self.engine.base_digest(service.build.image, _say)
            self._record(self._lock().with_built(service, digest, again=again))
            typer.echo(f"{service.build.image} is pinned to {digest}")
            return
        base = base_image(service)
        if base is None:
            return
        digest = self.engine.base_digest(self.arguments.get("MIRROR", DEFAULT_MIRROR) + base, _say)
        self._record(self._lock().with_base(base, digest))
        typer.echo(f"{base} is pinned to {digest}")

    def build(self, service: Service) -> None:
        epoch = _epoch()
        with tempfile.TemporaryDirectory(prefix="oneway-image-") as making:
            context = Path(making, "context")
            context.mkdir()
            dockerfile = self._dockerfile(service, Path(making))
            lay_out(self.workspace.root, _placed(service), context, epoch)
            tag = image_name(self.system, service)
            made = self.engine.build(Recipe(dockerfile, context, tag, self.arguments, self.network, epoch), _say)
        typer.echo(f"{service.name}: {tag} has id {made}")

    def push(self, service: Service, again: bool) -> None:
        if self.system.settings.registry is None:
            raise OnewayError(
                f"environment {self.system.environment or 'local'} has no registry to push {service.name} to",
                f"add `registry:` to it in {self.system.platform_file}, or choose another with --env",
            )
        digest = self.engine.push(image_name(self.system, service), _say)
        self._record(self._lock().with_built(service, digest, again=again))
        typer.echo(f"{service.name}: recorded {digest} in {self.workspace.name(self._file)}")

    def _dockerfile(self, service: Service, folder: Path) -> Path:
        if service.build.dockerfile is not None:
            return self.workspace.root / service.build.dockerfile
        made = dockerfiles(self.system, service, self._lock(), lambda path: (self.workspace.root / path).is_file())
        if not made:
            raise OnewayError(
                f"{service.name} does not say how it is built",
                f"add `path` and `runtime` under `build` in {self.system.files[service.name]}",
            )
        path = folder / "Dockerfile"
        path.write_text(made[0].content, encoding="utf-8")
        return path

    @property
    def _file(self) -> Path:
        return self.workspace.manifests / LOCK_FILE

    def _lock(self) -> Images:
        return (
            read_images(self._file.read_bytes(), self.workspace.name(self._file)) if self._file.is_file() else Images()
        )

    def _record(self, images: Images) -> None:
        self._file.write_text(lock_text(images), encoding="utf-8")


def _service(system: System, name: str) -> Service:
    if name not in system.services:
        near = difflib.get_close_matches(name, system.services, n=1)
        raise UsageError(f"there is no service {name}", f"did you mean {near[0]}?" if near else "see `platform check`")
    return system.services[name]


def _without_engine(system: System, needed: bool) -> None:
    advice = "install podman, buildah, or docker with its daemon, and try again"
    if system.settings.target == "kubernetes" or needed:
        raise OnewayError("neither docker, podman nor buildah works on this machine", advice)
    typer.echo("No container engine works here, and the local target needs none: `platform deploy` makes local builds.")
    typer.echo(f"For images, {advice}.")


def _placed(service: Service) -> Service:
    """A service with a Dockerfile of its own, and no path, is built from the Dockerfile's folder."""
    build = service.build
    if build.dockerfile is None or build.path is not None:
        return service
    return replace(service, build=replace(build, path=build.dockerfile.rpartition("/")[0] or "."))


def _epoch() -> int:
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if text and not text.isdecimal():
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}", "it must be a number of seconds, or not be set")
    return int(text) if text else EPOCH


def _say(line: str) -> None:
    typer.echo(line, err=True)
