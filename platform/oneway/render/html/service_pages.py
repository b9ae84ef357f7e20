"""A page for each service: whom to ask, what it calls and who calls it, its checks, its objectives and its API."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ...model import Check, Service, System
from ..colors import DARK, LIGHT
from ..layout import Engine
from ..operations import operations
from ..picture import Edge, EdgeKind, Node, NodeKind, Picture
from ..svg import svg
from ..views import LARGE, Direction, focused

FOLDER: Final = "services"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of services beside their manifests.

    `descriptions` are OpenAPI documents by their path in the repository, `unread` paths that could not be read and why.
    `releases` are rows of words by service, newest first: number, version, when, state, author; None where nobody
    looked.
    """

    descriptions: Mapping[str, Any] = field(default_factory=dict)
    unread: Mapping[str, str] = field(default_factory=dict)
    releases: Mapping[str, tuple[tuple[str, ...], ...]] | None = None


def service_pages(picture: Picture, system: System, known: Known, engine: Engine) -> Iterator[tuple[str, str]]:
    """Every service's page as file name below the site and content, sorted. The names stay what they are for good.

    `picture` is the whole one, before anything in it is folded.
    """
    templates = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    template = templates.get_template("service.html.j2")
    for node in picture.nodes:
        if node.kind is NodeKind.SERVICE and node.id in system.services:
            service = system.services[node.id]
            yield f"{FOLDER}/{node.id}.html", template.render(**_values(node, service, picture, system, known, engine))


def _values(
    node: Node, service: Service, picture: Picture, system: System, known: Known, engine: Engine
) -> dict[str, Any]:
    owner = system.platform.owners.get(service.owner)
    near = focused(picture, node.id, 1, Direction.BOTH)
    names = {each.id: each.name for each in picture.nodes}
    pages = set(system.services)
    return {
        "node": node,
        "service": service,
        "title": picture.title,
        "environment": picture.environment,
        "owner": owner,
        "backup": owner.backup if owner else None,
        "colors": (LIGHT, DARK),
        "drawing": Markup(svg(near, engine)) if picture.services <= LARGE else "",
        "calls": [
            (names[e.target], e.target in pages, _terms(e)) for e in _edges(picture, EdgeKind.CALL, node.id, True)
        ],
        "callers": [
            (names[e.source], e.source in pages, _terms(e)) for e in _edges(picture, EdgeKind.CALL, node.id, False)
        ],
        "checks": [(check.name, _asked(check), _expected(check)) for check in service.checks],
        "apis": [
            _api(endpoint.name, str(endpoint.openapi), known) for endpoint in service.endpoints if endpoint.openapi
        ],
        "releases": None if known.releases is None else known.releases.get(node.id, ()),
    }


def _edges(picture: Picture, kind: EdgeKind, id: str, outgoing: bool) -> list[Edge]:
    return [edge for edge in picture.edges if edge.kind is kind and (edge.source if outgoing else edge.target) == id]


def _terms(edge: Edge) -> str:
    """What a caller relies on, in words."""
    parts = [
        edge.endpoint,
        "" if edge.required else "not required",
        f"timeout {edge.timeout}" if edge.timeout else "",
        f"retries {edge.retries}" if edge.retries else "",
        f"version {edge.version}" if edge.version else "",
        "in a ring: cut this call" if edge.cut else "in a ring" if edge.ring else "",
    ]
    return ", ".join(part for part in parts if part)


def _asked(check: Check) -> str:
    request = check.request
    kinds = (("TCP", request.tcp or None), ("gRPC health", request.grpc), ("DNS", request.dns))
    other = next(
        (f"{kind} {name if name is not True else ''}".rstrip() for kind, name in kinds if name is not None), ""
    )
    return other or f"{request.method} {request.base or ''}{request.path}"


def _expected(check: Check) -> str:
    within = f" within {check.expect.within}" if check.expect.within else ""
    body = f", {', '.join(check.expect.body)}" if check.expect.body else ""
    return f"{check.expect.status}{within}{body}"


def _api(endpoint: str, path: str, known: Known) -> dict[str, Any]:
    return {
        "endpoint": endpoint,
        "path": path,
        "unread": known.unread.get(path, ""),
        "operations": operations(known.descriptions.get(path)),
    }
