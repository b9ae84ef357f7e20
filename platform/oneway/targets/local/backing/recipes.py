"""How this machine runs backing services: from Debian's packages, or whatever else brings their programs."""

import glob
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ....model import Service
from ....model.backings import image_name, image_version, user_of
from ....model.fitness import Misfit
from . import ask_rabbitmq, start_postgres, start_rabbitmq, start_redis

_ASK_SECONDS: Final = 20
_FOLDERS: Final = ("/usr/lib/postgresql/*/bin", "/usr/lib/rabbitmq/bin", "/usr/sbin", "/usr/local/sbin")


@cache
def version_of(program: str) -> str:
    """The version that the program says it is."""
    try:
        said = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_ASK_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    words = said.stdout.replace("=", " ").split()
    return next((each for each in words if each[0].isdigit() and "." in each), "")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What runs images of one family here: the program that must be there, the package that brings it, the command that
    starts it, whether it refuses to be root, the signal at which it ends without waiting for its users, how its version
    is told, and what asks whether it is ready where the image's own command will not do here."""

    program: str
    package: str
    command: "Callable[[Service, str, Path, int], list[str]]"
    refuses_root: bool = False
    stop: str = "TERM"
    version: "Callable[[str], str]" = version_of
    ready: "Callable[[int], list[str]] | None" = None


def recipe_of(service: Service) -> Recipe | None:
    """The recipe for the service's image."""
    return RECIPES.get(image_name(service.build.image or ""))


def find_program(recipe: Recipe, wanted: str) -> str:
    """The program's file, best of the wanted version; empty where there is none."""
    beside = [each for pattern in _FOLDERS for each in sorted(glob.glob(pattern), reverse=True)]
    paths = [shutil.which(recipe.program), *(os.path.join(each, recipe.program) for each in beside)]
    found = [each for each in paths if each and os.access(each, os.X_OK)]
    versions = {each: recipe.version(each) for each in found}
    if recipe.version is not version_of:
        found = [each for each in found if versions[each]]
    major = wanted.partition(".")[0]
    return next((each for each in found if versions[each].partition(".")[0] == major), found[0] if found else "")


def find_lack(service: Service) -> Misfit | None:
    """What this machine lacks to run the backing service."""
    recipe = recipe_of(service)
    if recipe is None:
        return Misfit(
            ("build", "image"),
            f"is the image {service.build.image}, which this machine has no programs for",
            f"known here are {', '.join(sorted(RECIPES))}; or say with `connection.host` where it runs",
        )
    if not find_program(recipe, image_version(service.build.image or "")):
        return Misfit(
            ("build", "image"),
            f"needs {recipe.program}, which is not on this machine",
            f"install it, as with `apt-get install {recipe.package}`; or say with `connection.host` where it runs",
        )
    return None


def describe_difference(service: Service) -> str:
    """Which version the image is, and which one this machine has instead; nothing where they agree."""
    recipe, wanted = recipe_of(service), image_version(service.build.image or "")
    if recipe is None or not wanted:
        return ""
    present = recipe.version(find_program(recipe, wanted))
    if present == wanted or present.startswith(f"{wanted}."):
        return ""
    return f"{service.build.image} is declared, and this machine has {recipe.program} {present or 'of another version'}"


def _module(module: str) -> list[str]:
    return [sys.executable, "-S", "-P", "-m", module]


def _postgres(spec: Service, program: str, data: Path, port: int) -> list[str]:
    user, database = user_of(spec)
    # A link in PATH leads to the folder that has initdb too.
    words = [
        str(data),
        str(port),
        str(Path(os.path.realpath(program)).parent),
        user or "postgres",
        database or user or "postgres",
    ]
    return [*_module(start_postgres.__name__), *words]


def _redis(spec: Service, program: str, data: Path, port: int) -> list[str]:
    return [*_module(start_redis.__name__), program, str(data), str(port)]


def _rabbitmq(spec: Service, program: str, data: Path, port: int) -> list[str]:
    user, vhost = user_of(spec)
    words = [program, str(data), str(port), f"{spec.name}-{port}", user or "guest", unquote(vhost) or "/"]
    return [*_module(start_rabbitmq.__name__), *words]


def _ask_rabbitmq(port: int) -> list[str]:
    return [*_module(ask_rabbitmq.__name__), str(port)]


def _rabbitmq_version(program: str) -> str:
    """By its folder, `rabbitmq_server-3.10.8`: asked for it, the program would start. Debian's wrapper, which becomes
    another user, has none."""
    found = re.search(r"/rabbitmq(?:_server-|/)([0-9][0-9.]*)/", os.path.realpath(program))
    return found[1] if found else ""


_POSTGRES: Final = Recipe("postgres", "postgresql", _postgres, refuses_root=True, stop="INT")
_REDIS: Final = Recipe("redis-server", "redis-server", _redis)
_RABBITMQ: Final = Recipe(
    "rabbitmq-server", "rabbitmq-server", _rabbitmq, version=_rabbitmq_version, ready=_ask_rabbitmq
)
RECIPES: Final[Mapping[str, Recipe]] = {
    **dict.fromkeys(("postgres", "postgresql"), _POSTGRES),
    **dict.fromkeys(("redis", "valkey"), _REDIS),
    "rabbitmq": _RABBITMQ,
}
"""By the last part of the image's name."""
