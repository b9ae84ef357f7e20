"""The picture as SVG: our own drawing at the places that Graphviz found."""

import math
from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from string import Template
from typing import Final

from .block_layout import arrange_blocks
from .colors import DARK, LIGHT, owner_color
from .curves import arrowhead, middle
from .layout import Box, Engine, Layout, Point, Route, arrange
from .legend import legend
from .markup import escaped, fitted
from .picture import Change, Edge, EdgeKind, Node, NodeKind, Picture
from .shapes import GROUP_SIZE, LABEL_SIZE, META_SIZE, NAME_SIZE, PORT_SIZE, Shape, TagShape, edge_label, sign
from .words import bundle_words, counts, edge_words, heading, node_words

_MARGIN: Final = 14.0
_HEAD: Final = 50.0
_NARROWEST: Final = 560.0


def svg(picture: Picture, engine: Engine) -> str:
    """The whole file. It follows the reader's light or dark preference where the viewer knows one."""
    return _file(picture, _layout(picture, engine), _style(LIGHT) + _dark())


def plain_svg(picture: Picture, engine: Engine) -> str:
    """The same in light colours only, for painters that know no media queries."""
    return _file(picture, _layout(picture, engine), _style(LIGHT))


def _layout(picture: Picture, engine: Engine) -> Layout:
    return arrange_blocks(picture, engine) if picture.bundles else arrange(picture, engine)


def _file(picture: Picture, layout: Layout, style: str) -> str:
    width = max(layout.width + 2 * _MARGIN, _NARROWEST)
    key = legend(picture, width - 2 * _MARGIN)
    head = _HEAD + 15 * len(picture.remarks)
    height = head + layout.height + key.height + _MARGIN
    shift = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(height)}" width="{_n(width)}" '
        f'height="{_n(height)}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escaped(heading(picture))}: architecture</title>',
        f'<desc id="description">{escaped(counts(picture))}, drawn from the manifests.</desc>',
        f"<style>{style}</style>",
        f'<rect class="page" width="{_n(width)}" height="{_n(height)}"/>',
        *_heading(picture),
        f'<g transform="translate({_n(shift)} {_n(head)})">',
        *_drawing(picture, layout),
        "</g>",
        f'<g class="legend" transform="translate({_n(_MARGIN)} {_n(head + layout.height + 6)})">',
        *key.parts,
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heading(picture: Picture) -> Iterator[str]:
    yield f'<text class="heading" x="{_n(_MARGIN)}" y="26">{escaped(heading(picture))}</text>'
    yield f'<text class="counts" x="{_n(_MARGIN)}" y="42">{escaped(counts(picture))}</text>'
    for at, remark in enumerate(picture.remarks):
        yield f'<text class="remark" x="{_n(_MARGIN)}" y="{_n(57 + 15 * at)}">{escaped(remark)}</text>'


def _drawing(picture: Picture, layout: Layout) -> Iterator[str]:
    names = {node.id: node.name for node in picture.nodes}
    colors = {owner.id: owner.color for owner in picture.owners}
    for group in picture.groups:
        yield from _group(group.name, group.summary, layout.groups[group.id])
    names |= {group.id: group.name for group in picture.groups}
    for edge, route in zip(picture.bundles, layout.bundles, strict=True):
        yield from _edge(edge, route, bundle_words(edge, names), picture.difference, _weight(edge))
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        yield from _edge(edge, route, edge_words(edge, names), picture.difference)
    for node in picture.nodes:
        yield from _node(node, layout.nodes[node.id], layout.shapes[node.id], colors, picture.difference)
    for group in picture.groups:
        box = layout.groups[group.id]
        fit = fitted(group.name, GROUP_SIZE, box.width - 20, bold=True)
        yield _text("group-name", box.x + 10, box.y + 17, group.name, fit)
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        yield from _edge_label(edge, route, edge_label(edge, picture))


def _group(name: str, summary: str, box: Box) -> Iterator[str]:
    yield f'<g class="group"><title>{escaped(f"domain {name}" + (f". {summary}" if summary else ""))}</title>'
    yield _rectangle("box", box, 6) + "</g>"


def _weight(edge: Edge) -> str:
    """A bundle is the wider the more it stands for."""
    return f' style="stroke-width:{_n(1.2 + 0.9 * math.log2(edge.count))}"'


def _edge(edge: Edge, route: Route, words: str, compared: bool, more: str = "") -> Iterator[str]:
    classes = [
        "edge",
        "bundle" if more else "",
        edge.kind.value,
        "" if edge.required else "optional",
        "ring" if edge.ring else "",
        "cut" if edge.cut else "",
        _changed(edge.change, compared),
    ]
    names = f'data-from="{escaped(edge.source)}" data-to="{escaped(edge.target)}"'
    yield f'<g class="{" ".join(filter(None, classes))}" {names}><title>{escaped(words)}</title>'
    yield f'<path d="{_path(route.points)}"{more}/>'
    tips = " ".join(f"{_n(x)},{_n(y)}" for x, y in arrowhead(route.points[-2:], route.tip))
    yield f'<polygon points="{tips}"/></g>'


def _edge_label(edge: Edge, route: Route, label: str) -> Iterator[str]:
    """The words beside an arrow, and on it a sign for what is to be done or has changed, below words in its way."""
    text = sign(edge)
    x, y = middle(route.points)
    if label:
        x, y = route.label or (x, y)
        yield _text("edge-label", x, y + 3.5, label)
        y += 14
    if text:
        yield from _pill(text, x, y, "cut" if edge.cut else edge.change.value)


def _pill(text: str, x: float, y: float, kind: str) -> Iterator[str]:
    half = 7.0 if len(text) == 1 else 3.0 + 2.7 * len(text)
    yield f'<g class="pill {kind}">' + _rectangle("pill-box", Box(x - half, y - 7, 2 * half, 14), 7)
    yield f'<text x="{_n(x)}" y="{_n(y + 3.5)}">{escaped(text)}</text></g>'


def _node(node: Node, box: Box, shape: Shape, colors: Mapping[str, int], compared: bool) -> Iterator[str]:
    classes = f"node {node.kind.value} {_changed(node.change, compared)}".rstrip()
    yield f'<g class="{classes}" data-id="{escaped(node.id)}">'
    yield f"<title>{escaped(node_words(node))}</title>"
    if node.kind is NodeKind.CHANNEL:
        yield from _channel(box, shape)
    elif node.kind is NodeKind.EXTERNAL:
        yield from _external(box, shape)
    else:
        yield from _card(node, box, shape, colors)
    if node.change is not Change.SAME:
        yield from _pill(sign(node), box.x + box.width - 4, box.y + 2, node.change.value)
    yield "</g>"


def _card(node: Node, box: Box, shape: Shape, colors: Mapping[str, int]) -> Iterator[str]:
    body = Box(box.x + shape.body, box.y, box.width - shape.body, box.height)
    yield _rectangle("deployment", body, 3)
    owner = node.id.partition(":")[2] if node.kind is NodeKind.OWNER else node.owner
    if owner:
        band = Box(box.x + box.width - 5.5, box.y + 0.75, 4.75, box.height - 1.5)
        yield _rectangle("band", band, 0, f' fill="{owner_color(colors.get(owner, 0))}"')
    for port in shape.ports:
        place = Box(box.x, box.y + port.top, shape.body, port.height)
        yield _rectangle("port public" if port.public else "port", place)
        for at, line in enumerate(port.lines):
            y = box.y + port.top + port.height / 2 + 3.4 + (at - (len(port.lines) - 1) / 2) * 12
            fit = fitted(line, PORT_SIZE, shape.body - 4, bold=port.public)
            yield _text("port-name public" if port.public else "port-name", box.x + shape.body / 2, y, line, fit)
    for tag in shape.tags:
        yield from _tag(tag, box)
    x, y, room = body.x + 7, box.y + (shape.main or box.height) / 2, body.width - 15
    yield _text("name", x, y - 3, shape.title[0], fitted(shape.title[0], NAME_SIZE, room, bold=True))
    yield _text("meta", x, y + 12, shape.meta, fitted(shape.meta, META_SIZE, room))


def _tag(tag: TagShape, box: Box) -> Iterator[str]:
    """A signpost: it points away where an arrow would leave, and at the node where one would arrive."""
    edge = tag.mark.edge if tag.mark else None
    x, y, right, down = box.x + tag.x, box.y + tag.y, box.x + tag.x + tag.width, tag.height
    points = [(x, y), (right - 5, y), (right, y + down / 2), (right - 5, y + down), (x, y + down)]
    if edge and edge.kind is EdgeKind.SUBSCRIBE:
        points = [(x + right - at, other) for at, other in points]
    outline = " ".join(f"{_n(at)},{_n(other)}" for at, other in points)
    yield f'<g class="tag {_tag_classes(edge)}"><polygon points="{outline}"/>'
    fit = fitted(tag.words, LABEL_SIZE, tag.width - 11)
    yield _text("tag-name", x + tag.width / 2, y + 12.5, tag.words, fit) + "</g>"


def _tag_classes(edge: Edge | None) -> str:
    if edge is None:
        return "callers"
    change = "" if edge.change is Change.SAME else edge.change.value
    names = (edge.kind.value, "" if edge.required else "optional", "ring" if edge.ring else "", change)
    return " ".join(filter(None, names))


def _channel(box: Box, shape: Shape) -> Iterator[str]:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    yield f'<circle class="stream" cx="{_n(x)}" cy="{_n(y)}" r="{_n(box.width / 2)}"/>'
    room = box.width - 12
    for at, line in enumerate(shape.title):
        down = 3.5 + (at - (len(shape.title) - 1) / 2) * 12
        yield _text("channel-name", x, y + down, line, fitted(line, LABEL_SIZE, room))


def _external(box: Box, shape: Shape) -> Iterator[str]:
    left, right, top, bottom = box.x, box.x + box.width, box.y, box.y + box.height
    corners = [
        (left + 9, top),
        (right - 9, top),
        (right, (top + bottom) / 2),
        (right - 9, bottom),
        (left + 9, bottom),
        (left, (top + bottom) / 2),
    ]
    yield f'<polygon class="outside" points="{" ".join(f"{_n(x)},{_n(y)}" for x, y in corners)}"/>'
    x, y, room = (left + right) / 2, (top + bottom) / 2, box.width - 18
    yield _text("name middle", x, y - 2, shape.title[0], fitted(shape.title[0], NAME_SIZE, room, bold=True))
    yield _text("meta middle", x, y + 12, shape.meta, fitted(shape.meta, META_SIZE, room))


def _rectangle(name: str, box: Box, radius: float = 0, more: str = "") -> str:
    rounded = f' rx="{_n(radius)}"' if radius else ""
    return (
        f'<rect class="{name}" x="{_n(box.x)}" y="{_n(box.y)}" width="{_n(box.width)}" height="{_n(box.height)}"'
        f"{rounded}{more}/>"
    )


def _text(name: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{name}" x="{_n(x)}" y="{_n(y)}"{more}>{escaped(text)}</text>'


def _path(points: Iterable[Point]) -> str:
    first, *others = [f"{_n(x)},{_n(y)}" for x, y in points]
    return f"M{first}C{' '.join(others)}"


def _changed(change: Change, compared: bool) -> str:
    return change.value if compared else ""


def _n(number: float) -> str:
    """One decimal is a tenth of a pixel; two engines' rounding noise below it is not worth a changed file."""
    text = f"{number:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _style(colors: Mapping[str, str]) -> str:
    text = resources.files(__package__).joinpath("picture.css").read_text(encoding="utf-8")
    sizes = {
        "name-size": NAME_SIZE,
        "meta-size": META_SIZE,
        "port-size": PORT_SIZE,
        "label-size": LABEL_SIZE,
        "group-size": GROUP_SIZE,
    }
    values = {**colors, **{name: f"{size:g}" for name, size in sizes.items()}}
    return _Named(text).substitute(values)


def _dark() -> str:
    """Only what differs in the dark: every colour rule once more, below the media query."""
    return f"\n@media (prefers-color-scheme: dark) {{{_style(DARK)}}}\n"


class _Named(Template):
    """`@name` stands for a value, so that a stylesheet's own braces and dollars stay what they are."""

    delimiter = "@@"
    idpattern = r"[a-z-]+"
