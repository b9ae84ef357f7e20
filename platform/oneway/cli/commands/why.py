"""`platform why`: the paths by which one service reaches another."""

from typing import Annotated, Any

import msgspec
import typer

from ...application.read_manifests import Reading, read_system, require_sound
from ...graph import CallGraph, Edge, amplification, build, paths, required
from ...manifest import locations
from ...model import Duration
from ..completion import complete_services
from ..options import Env, Format, ListFormat, Manifests
from .impact import known


def command(
    source: Annotated[
        str, typer.Argument(metavar="A", help="Where the paths start.", autocompletion=complete_services)
    ],
    target: Annotated[str, typer.Argument(metavar="B", help="Where they end.", autocompletion=complete_services)],
    manifests: Manifests = None,
    env: Env = None,
    most: Annotated[int, typer.Option("--most", metavar="N", min=1, help="Show so many paths.")] = 10,
    output: Format = ListFormat.TEXT,
) -> None:
    """The paths by which one service reaches another, worst first.

    Worse is: required at every call, then more requests at the end for one at the start, then longer. Exits with 1
    when there is no path.

    Example: platform why gateway id
    """
    reading = read_system(manifests, env)
    graph = build(require_sound(reading))
    known(graph, source)
    known(graph, target)
    found = paths(graph, source, target)
    values = [_value(reading, graph, path) for path in found.paths[:most]]
    if output is ListFormat.JSON:
        document = {"version": 1, "from": source, "to": target, "count": len(found.paths), "complete": found.complete}
        typer.echo(msgspec.json.encode({**document, "paths": values}).decode())
    else:
        typer.echo("\n".join(_lines(source, target, values, len(found.paths), found.complete)))
    if not values:
        raise typer.Exit(1)


def _value(reading: Reading, graph: CallGraph, path: tuple[Edge, ...]) -> dict[str, Any]:
    places = locations(map(graph.place, path), reading.workspace.content, reading.system.environment)
    calls = [
        {
            "from": edge.source,
            "to": edge.target,
            "required": edge.call.required,
            "retries": edge.call.retries,
            "per_request": edge.call.per_request,
            "timeout_ms": round(edge.call.timeout * 1000),
            "place": str(place),
        }
        for edge, place in zip(path, places, strict=True)
    ]
    return {"required": required(path), "amplification": amplification(path), "calls": calls}


def _lines(source: str, target: str, values: list[dict[str, Any]], count: int, complete: bool) -> list[str]:
    if not values:
        return [f"{source} does not reach {target}"]
    more = "" if complete else " at least"
    lines = [f"{source} reaches {target} by{more} {count} path{'s' * (count != 1)}, worst first:"]
    for value in values:
        names = " -> ".join([source, *(call["to"] for call in value["calls"])])
        kind = "required" if value["required"] else "degraded without it"
        lines.append(f"{names}  ({kind}; one request becomes up to {value['amplification']:g})")
        for call in value["calls"]:
            timeout = Duration(call["timeout_ms"] / 1000)
            lines.append(f"  {call['place']}: {call['from']} calls {call['to']}, {timeout} × {call['retries'] + 1}")
    return lines
