"""The picture as positions-free values: what is drawn, before anybody decides where."""

from dataclasses import dataclass, field
from enum import StrEnum


class NodeKind(StrEnum):
    """What a node stands for. Domains and owners stand for all their services in a rolled-up picture."""

    SERVICE = "service"
    CHANNEL = "channel"
    EXTERNAL = "external"
    DOMAIN = "domain"
    OWNER = "owner"


class EdgeKind(StrEnum):
    """A call is synchronous; publish and subscribe go through a channel."""

    CALL = "call"
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"


class Change(StrEnum):
    """How a part of the picture differs from the same part at another revision."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Port:
    """An access point of a service: a blue box at its side."""

    name: str
    port: int
    protocol: str = "http"
    public: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """Something that `platform check` has to say about a service; `about` is the callee where a call is meant."""

    rule: str
    severity: str
    message: str
    where: str
    hint: str = ""
    about: str = ""


class Sight(StrEnum):
    """How a call stands between manifests and what was seen; `MISSING` is unseen where it would have been seen.

    Of several calls that one arrow stands for, some may be seen and others not: `PARTLY`.
    """

    SEEN = "seen"
    PARTLY = "partly"
    UNSEEN = "unseen"
    MISSING = "missing"
    UNDECLARED = "undeclared"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen of a call: how often and how badly where traffic shows it, latencies in seconds where known.

    `accepted` is a difference that its caller's manifest lives with: it is told, and not marked as one.
    """

    sight: Sight
    count: int = 0
    errors: int = 0
    p50: float | None = None
    p99: float | None = None
    accepted: bool = False

    @property
    def standing(self) -> str:
        """What a drawing marks it as."""
        return "accepted" if self.accepted else self.sight.value


@dataclass(frozen=True, slots=True)
class Edge:
    """One arrow. `count` is how many declared ones it stands for; `ring` and `cut` mark calls in a ring.

    `rate` is how many requests per second the manifests let expect, 0 where they say nothing; `notes` are findings
    about this very call. `sighting` is what was seen of it, where the picture is one of that.
    """

    source: str
    target: str
    kind: EdgeKind = EdgeKind.CALL
    endpoint: str = ""
    required: bool = True
    count: int = 1
    timeout: str = ""
    retries: int = 0
    version: str = ""
    ring: bool = False
    cut: bool = False
    change: Change = Change.SAME
    protocol: str = ""
    rate: float = 0.0
    notes: tuple[Note, ...] = ()
    sighting: Sighting | None = None

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it the same arrow in another picture."""
        return (self.source, self.target, self.kind.value, self.endpoint)


@dataclass(frozen=True, slots=True)
class Mark:
    """An arrow that is not drawn: at one end of it stands the name of the other."""

    name: str
    edge: Edge


@dataclass(frozen=True, slots=True)
class Node:
    """One thing with a place of its own. `group` is the id of its box, empty when it stands free.

    `replicas` are words such as `2–10`; `slo` and `details` are (name, value) pairs for those who ask for more.
    A node that stands for several `services` has so many calls `inside`. What is `left_out` of the environment is
    declared, and does not run there. `marks` stand for arrows that are not drawn;
    `folded_callers` counts calls that come without one. `role` is `backing` of what keeps data, or `job`.
    """

    id: str
    kind: NodeKind
    name: str
    group: str = ""
    owner: str = ""
    version: str = ""
    replicas: str = ""
    summary: str = ""
    ports: tuple[Port, ...] = ()
    details: tuple[tuple[str, str], ...] = ()
    slo: tuple[tuple[str, str], ...] = ()
    notes: tuple[Note, ...] = ()
    marks: tuple[Mark, ...] = ()
    folded_callers: int = 0
    services: int = 1
    inside: int = 0
    declared: bool = True
    left_out: bool = False
    change: Change = Change.SAME
    role: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A box around nodes: a domain. So many other boxes use what is in it (`users`) without an arrow to it."""

    id: str
    name: str
    summary: str = ""
    users: int = 0


@dataclass(frozen=True, slots=True)
class Owner:
    """Who looks after services. `color` counts the platform's owners in sorted order."""

    id: str
    name: str
    color: int


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that is drawn. Nodes, edges, groups and owners are sorted; equal systems give equal pictures.

    `by` is what a node stands for at least: service, domain or owner. `remarks` are lines under the title.
    `labels` asks for timeouts and retries beside the arrows. `folded` are arrows that stand as marks at their ends,
    `bundles` one arrow between two groups for all folded ones there, and `left_out` counts calls that are nowhere.
    `shelved` nodes stand in rows, in the order in which calls go down. With `sightings`, calls without one could not
    have been seen. `link` is where the whole can be looked at.
    """

    title: str
    environment: str = ""
    by: str = "service"
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    folded: tuple[Edge, ...] = ()
    bundles: tuple[Edge, ...] = ()
    groups: tuple[Group, ...] = ()
    owners: tuple[Owner, ...] = ()
    remarks: tuple[str, ...] = ()
    labels: bool = False
    difference: bool = False
    left_out: int = 0
    shelved: bool = False
    sightings: bool = False
    link: str = ""
    words: tuple[str, ...] = field(default=())

    @property
    def services(self) -> int:
        """How many services the picture stands for."""
        return sum(node.services for node in self.nodes if node.kind in (NodeKind.SERVICE, *ROLLED_UP))

    @property
    def calls(self) -> int:
        """How many declared calls the picture stands for."""
        calls = [edge for edge in (*self.edges, *self.folded) if edge.kind is EdgeKind.CALL]
        seen_only = [each for each in calls if each.sighting and each.sighting.sight is Sight.UNDECLARED]
        between = sum(edge.count for edge in calls) - sum(edge.count for edge in seen_only)
        return between + self.left_out + sum(node.inside for node in self.nodes)


ROLLED_UP = (NodeKind.DOMAIN, NodeKind.OWNER)


def counted(number: int, word: str) -> str:
    """`1 call`, `2 calls`, `3 retries`."""
    many = f"{word[:-1]}ies" if word.endswith("y") else f"{word}s"
    return f"{number:,} {word if number == 1 else many}"
