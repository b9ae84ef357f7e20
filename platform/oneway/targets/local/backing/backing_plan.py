"""What one backing service is started with here: its command, its variables, and which of them are secret."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ....model import SecretRef, Service
from ....model.backings import family_of, image_version, readiness_of, variables_of
from ...base import TargetError
from ..state.home import Home
from ..state.volumes import volume_folder
from .recipes import Recipe, find_lack, find_program, recipe_of


@dataclass(frozen=True, slots=True)
class BackingPlan:
    """Words, variables and secrets of its process. `folder` of its programs comes first in PATH."""

    command: list[str]
    variables: Mapping[str, str]
    secrets: Mapping[str, SecretRef]
    folder: str


def plan_backing(home: Home, service: Service, ports: Mapping[str, int]) -> BackingPlan:
    """TargetError where this machine has no programs for it."""
    recipe, program = _found(service)
    port = next(iter(ports.values()), 0)
    data = _data(home, service, recipe)
    password = family_of(service).password
    secret = service.connection.secret if service.connection is not None else None
    told = {name: value for name, value in variables_of(service).items() if name in service.env}
    return BackingPlan(
        recipe.command(service, program, data, port),
        {**told, "PYTHONPATH": str(Path(__file__).parents[4])},
        {password: secret} if password and secret is not None else {},
        str(Path(os.path.realpath(program)).parent),
    )


def stop_signal(service: Service) -> str:
    """What asks its process to end."""
    recipe = recipe_of(service) if service.kind == "backing" else None
    return "TERM" if recipe is None else recipe.stop


def readiness_command(service: Service, ports: Mapping[str, int]) -> list[str]:
    """What asks whether it is ready, at the ports that it has here."""
    recipe = recipe_of(service) if service.kind == "backing" and not service.health.command else None
    if recipe is not None and recipe.ready is not None and service.health.ready is None and service.endpoints:
        return recipe.ready(ports[service.endpoints[0].name])
    led = {str(each.port): str(ports[each.name]) for each in service.endpoints if each.name in ports}
    return [led.get(word, word) for word in readiness_of(service)]


def _found(service: Service) -> tuple[Recipe, str]:
    recipe, lack = recipe_of(service), find_lack(service)
    if recipe is None or lack is not None:
        said = lack or find_lack(service)
        raise TargetError(f"{service.name} {said.message if said else 'cannot run here'}", said.hint if said else "")
    return recipe, find_program(recipe, image_version(service.build.image or ""))


def _data(home: Home, service: Service, recipe: Recipe) -> Path:
    """The first volume; what has none keeps its data for as long as its scratch folder is there."""
    foreign = recipe.refuses_root and os.getuid() == 0
    if service.volumes:
        return volume_folder(home, service, service.volumes[0].name, foreign)
    return volume_folder(home, service, "unkept", foreign)
