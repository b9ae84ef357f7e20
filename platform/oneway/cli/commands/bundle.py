"""`platform bundle`: a whole site in one file."""

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from ...application.bundles.make_bundle import Packers, make_bundle
from ...application.bundles.pack_tool import pack_tool
from ...application.read_manifests import read_system, require_good
from ...targets.local.builds.pack_packages import pack_packages
from ..completion import complete_environments
from ..options import Manifests
from ..output.lines import note, watched

PROGRAM = Path(__file__).parents[1] / "bundle_program.py"
_MEGABYTE = 1e6


def command(
    env: Annotated[
        str,
        typer.Option(
            "--env",
            metavar="E",
            help="The environment of the site; its target is local.",
            autocompletion=complete_environments,
        ),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Default: PLATFORM-E.bundle.")
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option("--key", metavar="FILE", help="The private key to sign it with, as of `ssh-keygen -t ed25519`."),
    ] = None,
    manifests: Manifests = None,
) -> None:
    """Pack an environment into one file, for a machine with Python and without a network.

    It holds the manifests, what the services are built from and checked with, their packages, and Oneway itself.
    There, `python3 FILE DIR` lays it out, and `platform deploy --from FILE` brings a later one behind the same gate.
    The same inputs make the same bytes.

    Example: platform bundle --env site -o shop.bundle && scp shop.bundle site:
    """
    reading = read_system(manifests, env)
    require_good(reading, date.today())
    file = output or Path(f"{reading.system.platform.name}-{env}.bundle")
    made = make_bundle(
        reading, file, key, Packers(PROGRAM, pack_tool, pack_packages), note if watched() else lambda text: None
    )
    for text in made.notes:
        note(text)
    services = f"{made.services} service{'s' * (made.services != 1)}"
    typer.echo(f"wrote {file}: {services}, {made.size / _MEGABYTE:.1f} MB, sha256 {made.digest}")
    typer.echo(f"there: python3 {file.name} DIR")
