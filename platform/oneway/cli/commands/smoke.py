"""`platform smoke`: the checks of what is deployed, or of any address, once."""

from typing import Annotated

import typer

from ...application.smoke_services import Asked, at_address, at_front, smoke
from ...probe import CheckResult
from ..choose_target import open_environment
from ..completion import complete_services
from ..options import Context, Env, Manifests, Namespace
from ..output.smoke_results import FORMATS, SmokeFormat, as_line


def command(
    services: Annotated[
        list[str] | None,
        typer.Argument(metavar="SERVICE...", help="Default: all that run.", autocompletion=complete_services),
    ] = None,
    base_url: Annotated[
        str | None,
        typer.Option(
            "--base-url",
            metavar="URL",
            help="Ask this address, as in https://shop.example.org; the services need not run here.",
        ),
    ] = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Annotated[
        SmokeFormat, typer.Option("--format", help="text as it comes, or at the end a table, json, or junit.")
    ] = SmokeFormat.TEXT,
) -> None:
    """Run the smoke checks of deployed services once, through the front door, as their users reach them.

    Exits with 1 when a check fails or cannot be carried out.

    Example: platform smoke id --format json
    """
    opened = open_environment(manifests, env, context, namespace)
    found = at_address(opened, services or (), base_url) if base_url else at_front(opened, services or ())
    as_it_comes = output is SmokeFormat.TEXT
    if as_it_comes:
        for each in found:
            if not each.spec.checks:
                print(f"{each.name}: no smoke checks in its manifest")
    results = list(smoke(opened, found, _print if as_it_comes else _say_nothing))
    if not as_it_comes:
        typer.echo(FORMATS[output]([(each.name, suite) for each, suite in results]), nl=False)
    if not all(each.good(suite) for each, suite in results):
        raise typer.Exit(1)


def _print(service: Asked, result: CheckResult) -> None:
    print(f"{service.name}: {as_line(result)}", *(f"  {each}" for each in result.failures), sep="\n", flush=True)


def _say_nothing(service: Asked, result: CheckResult) -> None:
    """The other formats are written once, at the end."""
