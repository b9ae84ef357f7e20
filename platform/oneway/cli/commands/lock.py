"""`platform lock`: pin the packages of services by version and hash."""

from typing import Annotated

import typer

from ...application.read_manifests import read_system, require_sound
from ...errors import UsageError
from ...rules.nearest import Nearest
from ..options import Manifests


def command(
    services: Annotated[list[str], typer.Argument(metavar="SERVICE...", help="The services to lock.")],
    manifests: Manifests = None,
) -> None:
    """Write the lock file of each service anew: requirements.txt from requirements.in (or pyproject.toml), or
    package-lock.json from package.json. Versions and hashes, no addresses.

    Example: platform lock caption
    """
    from ...targets.local.builds.locking import lock_packages

    reading = read_system(manifests, None)
    system = require_sound(reading)
    unknown = [name for name in services if name not in system.services]
    if unknown:
        hint = Nearest(system.services).hint(unknown[0], "see `platform check`")
        raise UsageError(f"there is no service {unknown[0]}", hint)
    for name in dict.fromkeys(services):
        written = lock_packages(reading.workspace.root, system.services[name])
        typer.echo(f"{name}: wrote {reading.workspace.name(written)}")
