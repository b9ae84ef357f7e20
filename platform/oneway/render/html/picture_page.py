"""One HTML file without a network: data, style, our scripts and the graph library inside."""

import json
from importlib import resources
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ..colors import DARK, LIGHT, OWNERS
from ..curves import sampled
from ..layout import Engine, Layout, Route, arrange
from ..measure import text_width
from ..picture import ROLLED_UP, Edge, EdgeKind, Node, NodeKind, Picture
from ..shapes import shape
from ..views import LARGE
from ..words import counts, heading

_SCRIPTS: Final = (
    "vendor/cytoscape.min.js",
    "vendor/dagre.min.js",
    "graph.js",
    "arrange.js",
    "theme.js",
    "stage.js",
    "card.js",
    "lists.js",
    "search.js",
    "main.js",
)
_MEASURE: Final = "0123456789 abcdefghijklmnopqrstuvwxyz"


def html(picture: Picture, engine: Engine) -> str:
    """The page. Text of the manifests is in it only as data, which the scripts show as text.

    Up to LARGE services stand where Graphviz puts them and stay there, whatever is collapsed or filtered. Beyond, the
    page itself lays out what the reader opens.
    """
    places = _places(arrange(picture, engine)) if picture.services <= LARGE else {}
    templates = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True
    )
    style = templates.get_template("page.css").render(light=LIGHT, dark=DARK)
    return templates.get_template("page.html.j2").render(
        heading=heading(picture),
        counts=counts(picture),
        remarks=picture.remarks,
        words=picture.words,
        signs=_signs(picture),
        style=Markup(style),
        data=Markup(_script_safe(_data(picture) | places)),
        scripts=[Markup(_file(name)) for name in _SCRIPTS],
    )


def _signs(picture: Picture) -> list[tuple[str, str]]:
    """The signs that occur, as classes and meanings."""
    kinds = {node.kind for node in picture.nodes}
    calls = [edge for edge in picture.edges if edge.kind is EdgeKind.CALL]
    signs = (
        (NodeKind.SERVICE in kinds, "service", "service: deployment with its access points at the left"),
        (any(port.public for node in picture.nodes for port in node.ports), "public", "public access point"),
        (bool(picture.groups), "domain", "collapsed domain"),
        (NodeKind.CHANNEL in kinds, "channel", "channel (asynchronous)"),
        (NodeKind.EXTERNAL in kinds, "external", "external, not deployed here"),
        (any(edge.required for edge in calls), "line", "required call"),
        (any(not edge.required for edge in calls), "line optional", "call, not required"),
        (len(calls) < len(picture.edges), "line stream", "publishes, subscribes"),
        (any(edge.ring for edge in calls), "line ring", "ring of calls, not allowed; “cut” opens it"),
    )
    return [(sign, meaning) for occurs, sign, meaning in signs if occurs]


def _file(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8").strip()


def _script_safe(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _data(picture: Picture) -> dict[str, Any]:
    return {
        "large": LARGE,
        "difference": picture.difference,
        "nodes": [_node(node) for node in picture.nodes],
        "edges": [_edge(edge) for edge in picture.edges],
        "groups": [{"id": each.id, "name": each.name, "summary": each.summary} for each in picture.groups],
        "owners": [{"id": each.id, "name": each.name, "color": each.color % len(OWNERS)} for each in picture.owners],
        "light": LIGHT,
        "dark": DARK,
        "palette": OWNERS,
        "measure": {"text": _MEASURE, "width": text_width(_MEASURE, 100)},
    }


def _places(layout: Layout) -> dict[str, Any]:
    boxes = {**layout.nodes, **{f"domain {id}": box for id, box in layout.groups.items()}}
    return {
        "places": {id: [round(box.x + box.width / 2), round(box.y + box.height / 2)] for id, box in boxes.items()},
        "routes": [_corners(route) for route in layout.routes],
    }


def _corners(route: Route) -> list[list[float]]:
    return [[round(x, 1), round(y, 1)] for x, y in (*sampled(route.points)[:-1], route.tip)]


def _node(node: Node) -> dict[str, Any]:
    size = shape(node)
    return {
        "id": node.id,
        "kind": node.kind.value,
        "name": node.name,
        "lines": [*size.title, *([size.meta] if size.meta else [])],
        "size": [size.width, size.height, size.body],
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


def _edge(edge: Edge) -> dict[str, Any]:
    value: dict[str, Any] = {"from": edge.source, "to": edge.target, "kind": edge.kind.value, "count": edge.count}
    value |= {"required": edge.required, "ring": edge.ring, "cut": edge.cut, "change": edge.change.value}
    terms = {"endpoint": edge.endpoint, "timeout": edge.timeout, "retries": edge.retries, "version": edge.version}
    return value | {name: term for name, term in terms.items() if term}
