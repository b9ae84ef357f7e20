"""`platform impact`: who breaks when a service does."""

from typing import Annotated

import msgspec
import typer

from ...application.read_manifests import read_system, require_sound
from ...errors import UsageError
from ...graph import CallGraph, Hit, build, impact
from ..completion import complete_services
from ..options import Env, Format, ListFormat, Manifests
from ..output.lines import table


def command(
    service: Annotated[
        str, typer.Argument(metavar="SERVICE", help="The service that is down.", autocompletion=complete_services)
    ],
    manifests: Manifests = None,
    env: Env = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """Who breaks when a service does: those that cannot answer, and those that answer with less.

    Example: platform impact id
    """
    graph = build(require_sound(read_system(manifests, env)))
    known(graph, service)
    found = impact(graph, service)
    if output is ListFormat.JSON:
        parts = {"broken": found.broken, "degraded": found.degraded}
        value = {part: [_value(graph, hit) for hit in hits] for part, hits in parts.items()}
        typer.echo(msgspec.json.encode({"version": 1, "service": service, **value}).decode())
        return
    typer.echo("\n".join(_lines(graph, service, found.broken, "cannot answer", "Nobody needs it to answer.")))
    typer.echo("\n".join(_lines(graph, service, found.degraded, "answer with less", "Nobody answers with less.")))


def known(graph: CallGraph, service: str) -> None:
    """UsageError with the nearest name when there is no such service."""
    if service not in graph.calls:
        from ...rules.nearest import Nearest

        names = Nearest(graph.calls)
        raise UsageError(f"there is no service {service}", names.hint(service, "`platform status` lists them"))


def _lines(graph: CallGraph, service: str, hits: tuple[Hit, ...], words: str, none: str) -> list[str]:
    if not hits:
        return [none]
    rows = [(hit.service, graph.system.services[hit.service].owner, hit.by.target, _public(graph, hit)) for hit in hits]
    return [f"When {service} is down, {len(hits)} {words}:", *table(("service", "owner", "because of", ""), rows)]


def _public(graph: CallGraph, hit: Hit) -> str:
    public = any(endpoint.public for endpoint in graph.system.services[hit.service].endpoints)
    return "users see it" if public else ""


def _value(graph: CallGraph, hit: Hit) -> dict[str, object]:
    service = graph.system.services[hit.service]
    public = any(endpoint.public for endpoint in service.endpoints)
    return {"service": hit.service, "owner": service.owner, "through": hit.by.target, "public": public}
