"""What a shell offers while somebody types: names of services and rules, numbers of releases.

A shell shows no errors: where manifests or records cannot be read, nothing is offered.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import typer

from ..errors import OnewayError


def complete_services(ctx: typer.Context, incomplete: str) -> list[str]:
    """The services that manifests declare, without those that are named already."""
    from ..application.read_manifests import read_system

    named = ctx.params.get("services") or ()
    try:
        known = read_system(_folder(ctx), None).system.services
    except OnewayError:
        return []
    return list(_starting(incomplete, (each for each in known if each not in named)))


def complete_releases(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
    """The releases of the service that is named, newest first, each with its version and how it ended."""
    from .choose_target import open_environment

    try:
        opened = open_environment(_folder(ctx), ctx.params.get("env"))
        releases = opened.site.records.releases(str(ctx.params.get("service")))
    except OnewayError:
        return []
    found = {str(each.number): f"{each.version}, {each.state}" for each in releases}
    return [(each, found[each]) for each in _starting(incomplete, found)]


def complete_rules(incomplete: str) -> list[str]:
    """The ids of rules."""
    from ..rules import RULES

    return list(_starting(incomplete, RULES))


def complete_environments(ctx: typer.Context, incomplete: str) -> list[str]:
    """The environments that platform.yaml declares."""
    from ..application.read_manifests import read_system

    try:
        return list(_starting(incomplete, read_system(_folder(ctx), None).system.platform.environments))
    except OnewayError:
        return []


def _folder(ctx: typer.Context) -> Path | None:
    given = ctx.params.get("manifests")
    return Path(given) if given else None


def _starting(incomplete: str, names: Iterable[str]) -> Iterator[str]:
    return (each for each in names if each.startswith(incomplete))
