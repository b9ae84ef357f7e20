"""The folders of volumes: below the environment's folder, kept over all releases, and removed by nobody but people."""

import os
from pathlib import Path
from typing import Final

from ....model import Service
from ...base import TargetError
from .home import Home

# Whoever is not root cannot enter a checkout of root's, so that what must not run as root keeps its data here.
_FOR_OTHERS: Final = Path("/var/lib/oneway")


def volume_folder(home: Home, service: Service, name: str, foreign: bool = False) -> Path:
    """The folder of that volume, made where it is missing. `foreign` is for a program that another user than root runs
    while root deploys: then the folder is a link to one that this user can enter."""
    folder = home.root / "volumes" / service.name / name
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if foreign and os.getuid() == 0 and not folder.exists():
            outside = _FOR_OTHERS / home.key / service.name / name
            for each in (_FOR_OTHERS, _FOR_OTHERS / home.key, outside.parent):
                each.mkdir(mode=0o711, parents=True, exist_ok=True)
            outside.mkdir(mode=0o700, exist_ok=True)
            folder.symlink_to(outside)
        elif not folder.exists():
            folder.mkdir(mode=0o700)
    except OSError as error:
        raise TargetError(
            f"the volume {name} of {service.name} cannot be made: {error.filename}: {error.strerror}",
            "is the disk full, or not yours?",
        ) from None
    return folder.resolve() if foreign else folder


def variables_of(home: Home, service: Service) -> dict[str, str]:
    """The variables that tell a service where its volumes are."""
    return {each.variable: str(volume_folder(home, service, each.name)) for each in service.volumes}


def paths_of(home: Home, service: Service) -> dict[str, str]:
    """The folder that stands for each path of a container."""
    return {each.path: str(volume_folder(home, service, each.name)) for each in service.volumes}


def lead_paths(word: str, paths: dict[str, str]) -> str:
    """A word of a command or a variable's value, with the folder in the place of the path that it starts with, alone or
    behind a `=`."""
    head, equals, value = word.rpartition("=")
    for path, folder in sorted(paths.items(), reverse=True):
        if value == path or value.startswith(f"{path}/"):
            return f"{head}{equals}{folder}{value.removeprefix(path)}"
    return word
