"""The parts of a drawing as SVG: boxes, arrows, cards, signposts. Text of manifests is always escaped."""

import math
from collections.abc import Iterable, Iterator, Mapping

from .colors import owner_color
from .curves import arrowhead, middle
from .layout import Box, Point, Route
from .markup import escaped, fitted
from .measure import text_width
from .picture import Change, Edge, EdgeKind, Group, Node, NodeKind
from .shapes import GROUP_SIZE, LABEL_SIZE, META_SIZE, NAME_SIZE, PORT_SIZE, Shape, TagShape, sign
from .words import node_words, users_words

_CYLINDER = 3.0


def draw_group(name: str, summary: str, box: Box) -> Iterator[str]:
    yield f'<g class="group"><title>{escaped(f"domain {name}" + (f". {summary}" if summary else ""))}</title>'
    yield _rectangle("box", box, 6) + "</g>"


def draw_group_name(group: Group, box: Box) -> str:
    """The name in the upper left corner of its box, and beside it who uses it where no arrows say so."""
    words, room = users_words(group), box.width - 20
    name = _text("group-name", box.x + 10, box.y + 17, group.name, fitted(group.name, GROUP_SIZE, room, bold=True))
    beside = box.x + 18 + text_width(group.name, GROUP_SIZE, bold=True)
    return name + (
        _text("meta group-users", beside, box.y + 17, words, fitted(words, META_SIZE, room)) if words else ""
    )


def draw_edge(edge: Edge, route: Route, words: str, compared: bool, bundle: bool = False) -> Iterator[str]:
    """An arrow with its head. A bundle is the wider the more it stands for, a call the more it is made."""
    classes = [
        "edge",
        "bundle" if bundle else "",
        "rated" if _amount(edge) and not bundle else "",
        edge.kind.value,
        "" if edge.required else "optional",
        "ring" if edge.ring else "",
        "cut" if edge.cut else "",
        _changed(edge.change, compared),
        edge.sighting.standing if edge.sighting else "",
    ]
    names = f'data-from="{escaped(edge.source)}" data-to="{escaped(edge.target)}"'
    yield f'<g class="{" ".join(filter(None, classes))}" {names}><title>{escaped(words)}</title>'
    weight = 1.2 + 0.9 * math.log2(edge.count) if bundle else 1.1 + 0.5 * math.log10(1 + _amount(edge))
    wide = f' style="--weight:{number(weight)}px"' if bundle or _amount(edge) else ""
    yield f'<path d="{_path(route.points)}"{wide}/>'
    tips = " ".join(f"{number(x)},{number(y)}" for x, y in arrowhead(route.points[-2:], route.tip))
    yield f'<polygon points="{tips}"/></g>'


def _amount(edge: Edge) -> float:
    """How much goes through a call: as often as it was seen, else as often as the manifests let expect."""
    return edge.sighting.count if edge.sighting and edge.sighting.count else edge.rate


def draw_edge_label(edge: Edge, route: Route, label: str) -> Iterator[str]:
    """The words beside an arrow, and on it a sign for what is to be done or has changed, below words in its way."""
    text = sign(edge)
    x, y = middle(route.points)
    if label:
        x, y = route.label or (x, y)
        sight = f" {edge.sighting.standing}" if edge.sighting else ""
        yield _text(f"edge-label{sight}", x, y + 3.5, label)
        y += 14
    if text:
        yield from _pill(text, x, y, "cut" if edge.cut else "minded" if edge.notes else edge.change.value)


def _pill(text: str, x: float, y: float, kind: str) -> Iterator[str]:
    half = max(7.0, 4.5 + text_width(text, LABEL_SIZE, bold=True) / 2)
    yield f'<g class="pill {kind}">' + _rectangle("pill-box", Box(x - half, y - 7, 2 * half, 14), 7)
    yield f'<text x="{number(x)}" y="{number(y + 3.5)}">{escaped(text)}</text></g>'


def draw_node(node: Node, box: Box, shape: Shape, colors: Mapping[str, int], compared: bool) -> Iterator[str]:
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
    if node.role == "backing":
        yield _store(body, "outside" if node.left_out else "deployment store")
    else:
        yield _rectangle("outside" if node.left_out else "deployment", body, 3)
    owner = node.id.partition(":")[2] if node.kind is NodeKind.OWNER else node.owner
    if owner:
        inset = _CYLINDER if node.role == "backing" else 0.75
        band = Box(box.x + box.width - 5.5, box.y + inset, 4.75, box.height - 2 * inset)
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
    y += 2 if node.role == "backing" else 0
    yield _text("name", x, y - 3, shape.title[0], fitted(shape.title[0], NAME_SIZE, room, bold=True))
    yield _text("meta", x, y + 12, shape.meta, fitted(shape.meta, META_SIZE, room))


def _store(body: Box, classes: str) -> str:
    """A cylinder, as data that is kept is drawn everywhere."""
    left, right, top, bottom, curve = body.x, body.x + body.width, body.y, body.y + body.height, _CYLINDER
    outline = (
        f"M{number(left)},{number(top + curve)}C{number(left)},{number(top - 1)} {number(right)},{number(top - 1)} "
        f"{number(right)},{number(top + curve)}V{number(bottom - curve)}C{number(right)},{number(bottom + 1)} "
        f"{number(left)},{number(bottom + 1)} {number(left)},{number(bottom - curve)}Z"
    )
    lid = (
        f"M{number(left)},{number(top + curve)}C{number(left)},{number(top + 2 * curve + 1)} "
        f"{number(right)},{number(top + 2 * curve + 1)} {number(right)},{number(top + curve)}"
    )
    return f'<path class="{classes}" d="{outline}"/><path class="{classes}" fill="none" d="{lid}"/>'


def _tag(tag: TagShape, box: Box) -> Iterator[str]:
    """A signpost: it points away where an arrow would leave, and at the node where one would arrive."""
    edge = tag.mark.edge if tag.mark else None
    x, y, right, down = box.x + tag.x, box.y + tag.y, box.x + tag.x + tag.width, tag.height
    points = [(x, y), (right - 5, y), (right, y + down / 2), (right - 5, y + down), (x, y + down)]
    if edge and edge.kind is EdgeKind.SUBSCRIBE:
        points = [(x + right - at, other) for at, other in points]
    outline = " ".join(f"{number(at)},{number(other)}" for at, other in points)
    yield f'<g class="tag {_tag_classes(edge)}"{_far_end(edge)}><polygon points="{outline}"/>'
    fit = fitted(tag.words, LABEL_SIZE, tag.width - 11)
    yield _text("tag-name", x + tag.width / 2, y + 12.5, tag.words, fit) + "</g>"


def _far_end(edge: Edge | None) -> str:
    if edge is None:
        return ""
    return f' data-to="{escaped(edge.source if edge.kind is EdgeKind.SUBSCRIBE else edge.target)}"'


def _tag_classes(edge: Edge | None) -> str:
    if edge is None:
        return "callers"
    change = "" if edge.change is Change.SAME else edge.change.value
    sight = edge.sighting.standing if edge.sighting else ""
    names = (edge.kind.value, "" if edge.required else "optional", "ring" if edge.ring else "", change, sight)
    return " ".join(filter(None, names))


def _channel(box: Box, shape: Shape) -> Iterator[str]:
    x, y = box.x + box.width / 2, box.y + box.height / 2
    yield f'<circle class="stream" cx="{number(x)}" cy="{number(y)}" r="{number(box.width / 2)}"/>'
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
    yield f'<polygon class="outside" points="{" ".join(f"{number(x)},{number(y)}" for x, y in corners)}"/>'
    x, y, room = (left + right) / 2, (top + bottom) / 2, box.width - 18
    yield _text("name middle", x, y - 2, shape.title[0], fitted(shape.title[0], NAME_SIZE, room, bold=True))
    yield _text("meta middle", x, y + 12, shape.meta, fitted(shape.meta, META_SIZE, room))


def _rectangle(name: str, box: Box, radius: float = 0, more: str = "") -> str:
    rounded = f' rx="{number(radius)}"' if radius else ""
    return (
        f'<rect class="{name}" x="{number(box.x)}" y="{number(box.y)}" '
        f'width="{number(box.width)}" height="{number(box.height)}"{rounded}{more}/>'
    )


def _text(name: str, x: float, y: float, text: str, more: str = "") -> str:
    return f'<text class="{name}" x="{number(x)}" y="{number(y)}"{more}>{escaped(text)}</text>'


def _path(points: Iterable[Point]) -> str:
    first, *others = [f"{number(x)},{number(y)}" for x, y in points]
    return f"M{first}C{' '.join(others)}"


def _changed(change: Change, compared: bool) -> str:
    return change.value if compared else ""


def number(value: float) -> str:
    """One decimal is a tenth of a pixel; two engines' rounding noise below it is not worth a changed file."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text
