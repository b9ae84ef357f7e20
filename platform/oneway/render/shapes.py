"""The size of everything that has a place, in points, and the words on it."""

import re
from dataclasses import dataclass
from typing import Final

from .measure import shortened, text_width
from .picture import ROLLED_UP, Change, Edge, EdgeKind, Mark, Node, NodeKind, Picture, Sight, Sighting, counted
from .units import duration

NAME_SIZE: Final = 13.0
GROUP_SIZE: Final = 13.0
META_SIZE: Final = 11.0
PORT_SIZE: Final = 11.0
LABEL_SIZE: Final = 11.0
_PORT_HEIGHT: Final = 20.0
_BODY_HEIGHT: Final = 42.0
_PADDING: Final = 7.0
_BAND: Final = 6.0
_LONGEST: Final = 300.0
_TAG_HEIGHT: Final = 17.0
_TAG_GAP: Final = 4.0
_TAG_POINT: Final = 6.0
_TAG_ROOM: Final = 150.0
_LONGEST_TAG: Final = 140.0
_SIGHTS: Final = {Sight.UNDECLARED: "undeclared", Sight.MISSING: "not seen"}
_SIGNS: Final = {Change.ADDED: "+", Change.REMOVED: "−", Change.CHANGED: "~"}


@dataclass(frozen=True, slots=True)
class PortShape:
    """One blue box at the left of a service; `lines` are its words from top to bottom."""

    name: str
    top: float
    height: float
    lines: tuple[str, ...]
    public: bool


@dataclass(frozen=True, slots=True)
class TagShape:
    """A small signpost on a node: the name at the other end of an arrow that is not drawn, or how many callers come.

    `x` and `y` count from the node's upper left corner; `mark` is None for the callers.
    """

    x: float
    y: float
    width: float
    height: float
    words: str
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class Shape:
    """A node's outer size, where its body begins, and what is written on it; `main` is the height of title and meta."""

    width: float
    height: float
    body: float
    title: tuple[str, ...]
    meta: str = ""
    ports: tuple[PortShape, ...] = ()
    main: float = 0.0
    tags: tuple[TagShape, ...] = ()


def shape(node: Node) -> Shape:
    """The shape of a node, by its kind."""
    if node.kind is NodeKind.CHANNEL:
        return _circle(node)
    if node.kind is NodeKind.EXTERNAL:
        return _external(node)
    return _card(node)


def edge_label(edge: Edge, picture: Picture) -> str:
    """What is written beside an arrow: how many it stands for, or timeout and retries when they are asked for."""
    if edge.count > 1:
        return f"{edge.count:,}×"
    if edge.sighting:
        return " · ".join(filter(None, (sight_word(edge), _traffic(edge.sighting))))
    if picture.labels and edge.kind is EdgeKind.CALL and edge.timeout:
        return edge.timeout + (f", {counted(edge.retries, 'retry')}" if edge.retries else "")
    return ""


def _traffic(sighting: Sighting) -> str:
    """How often, how badly and how fast, short enough to stand beside an arrow."""
    parts = [f"{sighting.count:,}×"] if sighting.count else []
    parts += [f"{100 * sighting.errors / sighting.count:.2g} % err"] if sighting.errors else []
    parts += [f"p99 {duration(sighting.p99)}"] if sighting.p99 is not None else []
    return " · ".join(parts)


def sign(part: Edge | Node) -> str:
    """What has changed about a part of the picture, whether a call is to be cut, and whether a rule minds it."""
    call = part if isinstance(part, Edge) else Edge("", "")
    minded = "!" if call.notes and not call.cut else ""
    return " ".join(filter(None, (_SIGNS.get(part.change, ""), "cut" if call.cut else "", minded)))


def sight_word(edge: Edge) -> str:
    """How a call differs from what was seen, in a word or two; nothing where it does not."""
    if edge.sighting is None or edge.sighting.accepted:
        return ""
    return _SIGHTS.get(edge.sighting.sight, "")


def _card(node: Node) -> Shape:
    ports, side = _ports(node)
    main = max(_BODY_HEIGHT, _PORT_HEIGHT * len(ports))
    title = shortened(node.name, NAME_SIZE, _LONGEST, bold=True)
    meta = shortened(_meta(node), META_SIZE, _LONGEST)
    words = max(text_width(title, NAME_SIZE, bold=True), text_width(meta, META_SIZE))
    tags = _tags(node, side + _PADDING, main - 2, max(words, _TAG_ROOM))
    right = max([side + _PADDING + words, *(tag.x + tag.width for tag in tags)])
    height = max([main, *(tag.y + tag.height + _TAG_GAP + 1 for tag in tags)])
    width = round(right + _PADDING + _BAND, 1)
    return Shape(width, height, side, (title,), meta, _stacked(ports, height), main, tags)


def _tags(node: Node, left: float, top: float, room: float) -> tuple[TagShape, ...]:
    """The node's signposts in rows below its title, how many callers come first."""
    callers = [(counted(node.folded_callers, "caller"), None)] if node.folded_callers else []
    tags: list[TagShape] = []
    x, y = left, top
    for words, mark in (*callers, *((_tag_words(mark), mark) for mark in node.marks)):
        text = shortened(words, LABEL_SIZE, _LONGEST_TAG)
        width = round(text_width(text, LABEL_SIZE) + 10 + _TAG_POINT, 1)
        if x > left and x + width > left + room:
            x, y = left, y + _TAG_HEIGHT + _TAG_GAP
        tags.append(TagShape(x, y, width, _TAG_HEIGHT, text, mark))
        x += width + _TAG_GAP
    return tuple(tags)


def _tag_words(mark: Mark) -> str:
    return " ".join(filter(None, (sign(mark.edge), sight_word(mark.edge), mark.name)))


def _meta(node: Node) -> str:
    if node.kind in ROLLED_UP:
        inside = (f"{counted(node.inside, 'call')} inside",) if node.inside else ()
        return " · ".join((counted(node.services, "service"), *inside, *(value for _, value in node.details)))
    what = _store(node) if node.role == "backing" else node.role
    parts = [node.owner, node.version, runs(node), what]
    return " · ".join(part for part in parts if part)


def runs(node: Node) -> str:
    """How many of a service run, or that none does."""
    return "left out" if node.left_out else f"×{node.replicas}" if node.replicas else ""


def _store(node: Node) -> str:
    """What keeps the data: the image's name, without registry and digest."""
    image = next((value for name, value in node.details if name == "image"), "")
    return image.partition("@")[0].rpartition("/")[2] or "store"


def _ports(node: Node) -> tuple[list[tuple[str, tuple[str, ...], bool]], float]:
    """Words of each blue box, and how wide the widest is."""
    if not node.ports:
        return [], 0.0
    alone = len(node.ports) == 1
    boxes: list[tuple[str, tuple[str, ...], bool]] = []
    for port in node.ports:
        name = shortened(port.name, PORT_SIZE, 90)
        lines = (name, f":{port.port}") if alone else (f"{name}:{port.port}",)
        boxes.append((port.name, lines, port.public))
    widest = max(text_width(line, PORT_SIZE, public) for _, lines, public in boxes for line in lines)
    return boxes, round(widest + 8, 1)


def _stacked(boxes: list[tuple[str, tuple[str, ...], bool]], height: float) -> tuple[PortShape, ...]:
    each = height / len(boxes) if boxes else 0.0
    return tuple(PortShape(name, at * each, each, lines, public) for at, (name, lines, public) in enumerate(boxes))


def _circle(node: Node) -> Shape:
    lines = _wrapped(node.name)
    widest = max(text_width(line, LABEL_SIZE) for line in lines)
    across = max(46.0, round(((widest + 8) ** 2 + (len(lines) * 12.0) ** 2) ** 0.5, 1))
    return Shape(across, across, 0.0, lines)


def _wrapped(name: str) -> tuple[str, ...]:
    """A channel's name on up to three lines, broken after its separators."""
    lines: list[str] = [""]
    for word in re.findall(r"[^._-]+[._-]?", name) or [name]:
        if lines[-1] and len(lines[-1]) + len(word) > 11:
            lines.append("")
        lines[-1] += word
    if len(lines) > 3:
        lines = [*lines[:2], "".join(lines[2:])]
    return tuple(shortened(line, LABEL_SIZE, 76) for line in lines)


def _external(node: Node) -> Shape:
    title = shortened(node.name, NAME_SIZE, _LONGEST, bold=True)
    details = dict(node.details)
    meta = shortened(details.get("kind", "") if node.declared else "not declared", META_SIZE, _LONGEST)
    words = max(text_width(title, NAME_SIZE, bold=True), text_width(meta, META_SIZE))
    return Shape(round(words + 4 * _PADDING, 1), 38.0, 0.0, (title,), meta)
