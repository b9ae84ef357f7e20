"""One HTML file without a network: data, style, our scripts and the graph library inside."""

import json
from collections.abc import Iterable
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..blocks import in_blocks
from ..colors import DARK, LIGHT, OWNERS
from ..layout import Engine
from ..picture import ROLLED_UP, Edge, EdgeKind, Node, NodeKind, Picture, Sight
from ..svg import stylesheet
from ..views import By, readable, rolled_up
from ..words import counts, heading, sighting_words
from .drawing import Floor, draw_floor

_LIBRARY: Final = ("dispatch", "timer", "ease", "color", "interpolate", "selection", "transition", "drag", "zoom")
DRAWN: Final = 2_500
VARIABLES: Final = {name: f"var(--{name})" for name in LIGHT}
_FEW: Final = 20
_SCRIPTS: Final = (
    *(f"vendor/d3-{name}.min.js" for name in _LIBRARY),
    "graph.js",
    "questions.js",
    "labels.js",
    "floor.js",
    "neighbours.js",
    "stage.js",
    "card.js",
    "lists.js",
    "search.js",
    "paper.js",
    "address.js",
    "main.js",
)


def html(picture: Picture, engine: Engine, pages: str = "") -> str:
    """The page; `pages` is the folder of a page for each service, beside it, if there is one.

    Text of the manifests is in it only as data and as escaped text of the drawing. Everything stands where it was put
    and stays there, whatever is collapsed or filtered: a reader learns it like a map. Of more than DRAWN services the
    domains are drawn, and lists and cards hold the services.
    """
    drawn = picture if picture.services <= DRAWN else readable(rolled_up(picture, By.DOMAIN))
    drawn = _on_floor(drawn)
    floor = draw_floor(drawn, engine)
    templates = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    style = templates.get_template("page.css").render(light=LIGHT, dark=DARK) + stylesheet(VARIABLES)
    return templates.get_template("page.html.j2").render(
        heading=heading(picture),
        counts=counts(picture),
        remarks=picture.remarks,
        words=picture.words,
        signs=_signs(picture),
        style=Markup(style),
        data=Markup(_script_safe(_data(picture, drawn, floor) | {"pages": pages})),
        scripts=[Markup(_file(name)) for name in _SCRIPTS],
    )


def _signs(picture: Picture) -> list[tuple[str, str]]:
    """The signs that occur, as classes and meanings."""
    kinds = {node.kind for node in picture.nodes}
    edges = (*picture.edges, *picture.folded)
    calls = [edge for edge in edges if edge.kind is EdgeKind.CALL]
    signs = (
        (NodeKind.SERVICE in kinds, "service", "service: deployment with its access points at the left"),
        (any(port.public for node in picture.nodes for port in node.ports), "public", "public access point"),
        (NodeKind.CHANNEL in kinds, "channel", "channel (asynchronous)"),
        (NodeKind.EXTERNAL in kinds, "external", "external, not deployed here"),
        (any(edge.required for edge in calls), "line", "required call"),
        (any(not edge.required for edge in calls), "line optional", "call, not required"),
        (bool(picture.folded), "signpost", "instead of an arrow: the name at its other end"),
        (len(calls) < len(edges), "line stream", "publishes, subscribes"),
        (_seen(calls, Sight.UNDECLARED), "line undeclared", "call that was seen, but is not declared"),
        (_seen(calls, Sight.MISSING), "line missing", "declared call, not seen though its caller was looked at"),
        (_seen(calls, Sight.UNSEEN), "line unseen", "declared call, not seen"),
        (
            any(edge.sighting and edge.sighting.accepted for edge in calls),
            "line accepted",
            "call that is not as declared; its caller accepts that",
        ),
        (any(edge.ring for edge in calls), "line ring", "ring of calls, not allowed; “cut” opens it"),
    )
    return [(sign, meaning) for occurs, sign, meaning in signs if occurs]


def _seen(calls: Iterable[Edge], sight: Sight) -> bool:
    return any(edge.sighting and edge.sighting.standing == sight.value for edge in calls)


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _script_safe(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _on_floor(picture: Picture) -> Picture:
    """Blocks from fewer services on than in a picture that cannot be zoomed."""
    blocks = picture.by == By.SERVICE.value and picture.services > _FEW and len(picture.groups) > 1
    return in_blocks(picture) if blocks and not picture.bundles else picture


def _data(picture: Picture, drawn: Picture, floor: Floor) -> dict[str, Any]:
    folded = {edge.key for edge in drawn.folded}
    edges = sorted((*picture.edges, *picture.folded), key=lambda edge: edge.key)
    listed = drawn if drawn.by == picture.by else picture
    return {
        "plans": floor.plans,
        "insides": floor.insides,
        "levels": floor.levels,
        "difference": picture.difference,
        "nodes": [_node(node) for node in listed.nodes],
        "edges": [_edge(edge, edge.key in folded) for edge in edges],
        "groups": [
            {"id": each.id, "name": each.name, "summary": each.summary, "users": each.users} for each in listed.groups
        ],
        "owners": [{"id": each.id, "name": each.name, "color": each.color % len(OWNERS)} for each in picture.owners],
        "palette": OWNERS,
    }


def _node(node: Node) -> dict[str, Any]:
    return {
        "id": node.id,
        "kind": node.kind.value,
        "name": node.name,
        "group": node.group,
        "owner": node.owner,
        "version": node.version,
        "replicas": node.replicas,
        "summary": node.summary,
        "declared": node.declared,
        "change": node.change.value,
        "ports": [
            {"name": each.name, "port": each.port, "protocol": each.protocol, "public": each.public}
            for each in node.ports
        ],
        "slo": node.slo,
        "details": (*node.details, *_sums(node)),
        "notes": [
            {
                "rule": each.rule,
                "severity": each.severity,
                "message": each.message,
                "where": each.where,
                "hint": each.hint,
            }
            for each in node.notes
        ],
    }


def _sums(node: Node) -> list[tuple[str, str]]:
    if node.kind not in ROLLED_UP:
        return []
    return [("services", f"{node.services:,}"), ("calls inside", f"{node.inside:,}")]


def _edge(edge: Edge, folded: bool) -> dict[str, Any]:
    value: dict[str, Any] = {"from": edge.source, "to": edge.target, "kind": edge.kind.value, "count": edge.count}
    value |= {"folded": True} if folded else {}
    value |= {"required": edge.required, "ring": edge.ring, "cut": edge.cut, "change": edge.change.value}
    terms = {"endpoint": edge.endpoint, "timeout": edge.timeout, "retries": edge.retries, "version": edge.version}
    value |= {name: term for name, term in terms.items() if term}
    if edge.sighting:
        sight = edge.sighting.sight
        value["drift"] = {"declared": sight is not Sight.UNDECLARED, "words": sighting_words(edge.sighting)}
        value["drift"] |= {"seen": sight in (Sight.SEEN, Sight.UNDECLARED)}
        value["drift"] |= {"accepted": True} if edge.sighting.accepted else {}
    return value
