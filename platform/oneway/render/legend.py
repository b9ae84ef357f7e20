"""What the signs mean, in the picture itself: only those that occur in it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from .colors import owner_color
from .markup import escaped, fitted
from .measure import text_width
from .picture import ROLLED_UP, Change, EdgeKind, NodeKind, Picture, Sight

_ROW: Final = 22.0
_GAP: Final = 20.0
_SAMPLE: Final = 34.0
_SIZE: Final = 11.0


@dataclass(frozen=True, slots=True)
class Legend:
    """Drawn lines and their height."""

    parts: tuple[str, ...]
    height: float


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample, `width` wide and centred on y = 0, and its words."""

    sample: str
    words: str
    width: float = _SAMPLE


def legend(picture: Picture, room: float) -> Legend:
    """The entries in rows that fit the room."""
    parts: list[str] = [f'<line class="rule" x1="0" y1="0" x2="{room:.1f}" y2="0"/>']
    x, y = 0.0, 18.0
    for entry in [*_signs(picture), None, *_owners(picture)]:
        if entry is None:
            x, y = 0.0, y + (_ROW if x else 0.0)
            continue
        words = text_width(entry.words, _SIZE)
        width = entry.width + 6 + words
        if x and x + width > room:
            x, y = 0.0, y + _ROW
        parts.append(
            f'<g transform="translate({x:.1f} {y:.1f})">{entry.sample}'
            f'<text class="key" x="{entry.width + 6:g}" y="4"{fitted(entry.words, _SIZE, words)}>'
            f"{escaped(entry.words)}</text></g>"
        )
        x += width + _GAP
    return Legend(tuple(parts), y + (12.0 if x else -8.0))


def _signs(picture: Picture) -> Iterator[Entry]:
    for applies, entry in _TABLE:
        if applies(picture):
            yield entry


def _owners(picture: Picture) -> Iterator[Entry]:
    shown = {node.owner for node in picture.nodes} | {
        node.id.partition(":")[2] for node in picture.nodes if node.kind is NodeKind.OWNER
    }
    for owner in picture.owners:
        if owner.id in shown:
            words = owner.id if owner.name in ("", owner.id) else f"{owner.id} – {owner.name}"
            if owner.name.casefold() == owner.id.casefold():
                words = owner.name
            sample = f'<rect x="0" y="-8" width="6" height="16" fill="{owner_color(owner.color)}"/>'
            yield Entry(sample, f"owner {words}", 6.0)


def _has(kind: NodeKind) -> Callable[[Picture], bool]:
    return lambda picture: any(node.kind is kind for node in picture.nodes)


def _calls(required: bool) -> Callable[[Picture], bool]:
    return lambda picture: any(
        edge.kind is EdgeKind.CALL and edge.required is required for edge in (*picture.edges, *picture.folded)
    )


def _ports(public: bool) -> Callable[[Picture], bool]:
    return lambda picture: any(port.public is public for node in picture.nodes for port in node.ports)


def _streams(picture: Picture) -> bool:
    return any(edge.kind is not EdgeKind.CALL for edge in (*picture.edges, *picture.folded))


def _rings(picture: Picture) -> bool:
    return any(edge.ring for edge in (*picture.edges, *picture.folded))


def _changes(change: Change) -> Callable[[Picture], bool]:
    return lambda picture: (
        any(node.change is change for node in picture.nodes)
        or any(edge.change is change for edge in (*picture.edges, *picture.folded))
    )


def _sights(sight: Sight) -> Callable[[Picture], bool]:
    return lambda picture: any(
        edge.sighting is not None and edge.sighting.standing == sight.value
        for edge in (*picture.edges, *picture.folded, *picture.bundles)
    )


def _accepts(picture: Picture) -> bool:
    edges = (*picture.edges, *picture.folded, *picture.bundles)
    return any(edge.sighting and edge.sighting.accepted for edge in edges)


def _line(classes: str) -> str:
    return f'<g class="edge {classes}"><path d="M0,0C10,0 18,0 27,0"/><polygon points="26,-3.2 34,0 26,3.2"/></g>'


def _card(port: str, body: str) -> str:
    """A small service; the part that is not meant is only outlined."""
    return (
        f'<rect class="{port}" x="1" y="-7" width="11" height="14"/>'
        f'<rect class="{body}" x="12" y="-7" width="22" height="14" rx="2"/>'
    )


def _pill(kind: str, sign: str) -> str:
    return (
        f'<g class="pill {kind}"><rect class="pill-box" x="27" y="-7" width="14" height="14" rx="7"/>'
        f'<text x="34" y="3.5">{sign}</text></g>'
    )


def _rolled(picture: Picture) -> bool:
    return any(node.kind in ROLLED_UP for node in picture.nodes)


_MANY_SERVICES: Final = '<g class="domain"><rect class="deployment" x="5" y="-7" width="28" height="14" rx="2"/></g>'
_STORE: Final = (
    '<path class="deployment store" d="M5,-5C5,-9 33,-9 33,-5V5C33,9 5,9 5,5Z"/>'
    '<path class="deployment store" fill="none" d="M5,-5C5,-1 33,-1 33,-5"/>'
)
_SIGNPOST: Final = '<g class="tag"><path d="M0,-8.5h47l5,8.5l-5,8.5h-47z"/><text x="25" y="4">name</text></g>'
_CALLERS: Final = (
    '<g class="tag callers"><path d="M0,-8.5h55l5,8.5l-5,8.5h-55z"/><text x="29" y="4">n callers</text></g>'
)
_TABLE: Final[tuple[tuple[Callable[[Picture], bool], Entry], ...]] = (
    (_has(NodeKind.SERVICE), Entry(_card("hint", "deployment"), "deployment: owner · version · ×replicas")),
    (_rolled, Entry(_MANY_SERVICES, "many services")),
    (_ports(False), Entry(_card("port", "hint"), "access point")),
    (_ports(True), Entry(_card("port public", "hint"), "public access point")),
    (
        lambda picture: any(node.role == "backing" for node in picture.nodes),
        Entry(_STORE, "backing service: keeps data"),
    ),
    (_has(NodeKind.CHANNEL), Entry('<circle class="stream" cx="24" cy="0" r="8"/>', "channel (asynchronous)")),
    (
        _has(NodeKind.EXTERNAL),
        Entry('<polygon class="outside" points="8,-7 28,-7 34,0 28,7 8,7 2,0"/>', "external, not deployed here"),
    ),
    (_calls(True), Entry(_line("call"), "required call")),
    (_calls(False), Entry(_line("call optional"), "call, not required")),
    (_streams, Entry(_line("publish"), "publishes, subscribes")),
    (
        lambda picture: any(node.marks for node in picture.nodes),
        Entry(_SIGNPOST, "instead of an arrow: the name at its other end", 52.0),
    ),
    (
        lambda picture: any(node.folded_callers for node in picture.nodes),
        Entry(_CALLERS, "callers without an arrow", 60.0),
    ),
    (
        lambda picture: any(edge.rate for edge in picture.edges) and not picture.sightings,
        Entry('<g class="edge"><path d="M0,0H27" style="stroke-width:2.6"/></g>', "wider: more requests/s"),
    ),
    (
        lambda picture: any(edge.sighting and edge.sighting.count for edge in picture.edges),
        Entry('<g class="edge"><path d="M0,0H27" style="stroke-width:2.6"/></g>', "wider: more requests seen"),
    ),
    (
        lambda picture: any(edge.notes and not edge.cut for edge in (*picture.edges, *picture.folded)),
        Entry(_pill("minded", "!"), "a rule minds this call", 42.0),
    ),
    (
        lambda picture: bool(picture.bundles),
        Entry('<g class="edge bundle"><path d="M0,0H27" style="--weight:4px"/></g>', "all arrows between two blocks"),
    ),
    (_rings, Entry(_line("call ring"), "ring of calls, not allowed; “cut” opens it")),
    (_sights(Sight.UNDECLARED), Entry(_line("call undeclared"), "seen, but not declared")),
    (_sights(Sight.MISSING), Entry(_line("call missing"), "declared, not seen though its caller was looked at")),
    (_sights(Sight.PARTLY), Entry(_line("call partly"), "some of these calls seen, others not")),
    (_sights(Sight.UNSEEN), Entry(_line("call unseen"), "declared, not seen")),
    (_accepts, Entry(_line("call accepted"), "not as declared; its caller accepts that")),
    (_changes(Change.ADDED), Entry(_line("call added") + _pill("added", "+"), "added", 42.0)),
    (_changes(Change.REMOVED), Entry(_line("call removed") + _pill("removed", "−"), "removed", 42.0)),
    (_changes(Change.CHANGED), Entry(_line("call changed") + _pill("changed", "~"), "changed", 42.0)),
)
