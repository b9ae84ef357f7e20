"""`platform build`: the image of a service, from its generated Dockerfile or its own."""

import os
from typing import Annotated

import typer

from ...application.build_images import ImageBuilder
from ...application.read_manifests import read_deployed, require_sound
from ...errors import OnewayError, UsageError
from ...generate import LOCK_FILE
from ...model import Service, System
from ...rules.nearest import Nearest
from ...workspace.engine import EPOCH, find_engine
from ..completion import complete_services
from ..options import Env, Manifests


def command(
    services: Annotated[
        list[str], typer.Argument(metavar="SERVICE...", help="The services to build.", autocompletion=complete_services)
    ],
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
    reading = read_deployed(manifests, env)
    system = require_sound(reading)
    chosen = [_service(system, name) for name in dict.fromkeys(services)]
    engine = find_engine()
    if engine is None:
        _without_engine(system, push or pin)
        return
    builder = ImageBuilder(reading.workspace, system, engine, mirror, network, _epoch(), _say)
    for service in chosen:
        if pin:
            typer.echo(builder.pin(service, again))
        typer.echo(builder.build(service))
        if push and service.build.image is None:
            typer.echo(builder.push(service, again))


def _service(system: System, name: str) -> Service:
    if name not in system.services:
        raise UsageError(f"there is no service {name}", Nearest(system.services).hint(name, "see `platform check`"))
    return system.services[name]


def _without_engine(system: System, needed: bool) -> None:
    advice = "install podman, buildah, or docker with its daemon, and try again"
    if system.settings.target == "kubernetes" or needed:
        raise OnewayError("neither docker, podman nor buildah works on this machine", advice)
    typer.echo("No container engine works here, and the local target needs none: `platform deploy` makes local builds.")
    typer.echo(f"For images, {advice}.")


def _epoch() -> int:
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if text and not text.isdecimal():
        raise UsageError(f"SOURCE_DATE_EPOCH is {text!r}", "it must be a number of seconds, or not be set")
    return int(text) if text else EPOCH


def _say(line: str) -> None:
    typer.echo(line, err=True)
