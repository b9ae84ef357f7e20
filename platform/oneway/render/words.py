"""The picture in words: what a mouse rests on, what a screen reader says."""

from .picture import Edge, EdgeKind, Group, Node, NodeKind, Picture, Sight, Sighting, counted
from .units import duration


def heading(picture: Picture) -> str:
    """`sample` or `sample in prod`."""
    return picture.title + (f" in {picture.environment}" if picture.environment else "")


def counts(picture: Picture) -> str:
    """How much there is of everything, as in `3 services · 3 calls · 1 channel`."""
    kinds = [node.kind for node in picture.nodes]
    parts = [counted(picture.services, "service"), counted(picture.calls, "call")]
    others = (NodeKind.CHANNEL, NodeKind.EXTERNAL)
    parts += [counted(kinds.count(kind), kind.value) for kind in others if kind in kinds]
    return " · ".join(parts)


def node_words(node: Node) -> str:
    """Everything about a node in one line."""
    kind = "backing service" if node.role == "backing" else node.role or node.kind.value
    parts = [f"{kind} {node.name}"]
    if node.version:
        parts[0] += f" {node.version}"
    if node.kind in (NodeKind.DOMAIN, NodeKind.OWNER):
        parts.append(counted(node.services, "service"))
    if node.owner:
        parts.append(f"owner {node.owner}")
    if node.group:
        parts.append(f"domain {node.group}")
    if node.left_out:
        parts.append("left out of this environment")
    elif node.replicas:
        parts.append("replicas " + node.replicas)
    parts += [f"{'public ' * port.public}endpoint {port.name} {port.protocol} port {port.port}" for port in node.ports]
    parts += mark_words(node)
    if not node.declared:
        parts.append("not declared")
    if node.change != "same":
        parts.append(node.change.value)
    return "; ".join(parts) + (f". {node.summary}" if node.summary else "")


def mark_words(node: Node) -> list[str]:
    """The arrows that stand as names at a node, for those who hear the picture."""
    verbs = {EdgeKind.CALL: "calls", EdgeKind.PUBLISH: "publishes to", EdgeKind.SUBSCRIBE: "subscribes to"}
    words = []
    for kind, verb in verbs.items():
        names = [mark.name for mark in node.marks if mark.edge.kind is kind]
        words += [f"{verb} {', '.join(names)}"] if names else []
    return words


def mark_lines(node: Node) -> list[str]:
    """The arrows that stand as names at a node, and how many callers it has without an arrow."""
    calls = [mark.name if mark.edge.required else f"({mark.name})" for mark in node.marks]
    callers = [counted(node.folded_callers, "caller")] if node.folded_callers else []
    return [*callers, *([f"→ {', '.join(calls)}"] if calls else [])]


def edge_words(edge: Edge, names: dict[str, str]) -> str:
    """An arrow as a sentence."""
    source, target = names[edge.source], names[edge.target]
    if edge.kind is EdgeKind.PUBLISH:
        return _more(edge, f"{source} publishes to {target}")
    if edge.kind is EdgeKind.SUBSCRIBE:
        return _more(edge, f"{target} subscribes to {source}")
    text = f"{source} calls {target}" + (f"/{edge.endpoint}" if edge.endpoint else "")
    if edge.count > 1:
        return _more(edge, f"{text}, {counted(edge.count, 'call')}")
    text += "" if edge.required else ", not required"
    text += f", timeout {edge.timeout}" if edge.timeout else ""
    text += f", {counted(edge.retries, 'retry')}" if edge.retries else ""
    text += f", {edge.protocol}" if edge.protocol not in ("", "http") else ""
    text += f", about {edge.rate:,.3g} requests/s" if edge.rate else ""
    return _more(edge, text)


def bundle_words(edge: Edge, names: dict[str, str]) -> str:
    """An arrow between two blocks as a sentence."""
    verb = {EdgeKind.CALL: "calls", EdgeKind.PUBLISH: "publishes to", EdgeKind.SUBSCRIBE: "is read by"}[edge.kind]
    number = counted(edge.count, "call" if edge.kind is EdgeKind.CALL else "arrow")
    return _more(edge, f"{names[edge.source]} {verb} {names[edge.target]}: {number}")


def sighting_words(sighting: Sighting) -> str:
    """What was seen of a call."""
    words = {
        Sight.SEEN: "seen",
        Sight.PARTLY: "some seen, others not",
        Sight.UNSEEN: "not seen; what was given need not show it",
        Sight.MISSING: "not seen, though its caller was looked at",
        Sight.UNDECLARED: "not declared, but seen",
    }[sighting.sight]
    accepted = "accepted" if sighting.accepted else ""
    return ", ".join(filter(None, (words, accepted, traffic_words(sighting))))


def traffic_words(sighting: Sighting) -> str:
    """How often, how badly and how fast, as far as traffic says."""
    parts = [f"{sighting.count:,} calls" if sighting.count != 1 else "1 call"] if sighting.count else []
    parts += [f"{100 * sighting.errors / sighting.count:.2g} % errors"] if sighting.errors else []
    times = (("p50", sighting.p50), ("p99", sighting.p99))
    parts += [f"{name} {duration(value)}" for name, value in times if value is not None]
    return ", ".join(parts)


def users_words(group: Group) -> str:
    """What stands beside a block's name instead of the arrows to it."""
    return f"used by {counted(group.users, 'other')}, without arrows" if group.users else ""


def _more(edge: Edge, text: str) -> str:
    text += f" ({edge.change.value})" if edge.change != "same" else ""
    text += f"; {sighting_words(edge.sighting)}" if edge.sighting else ""
    text += "".join(f"; {note.severity}: {note.message} ({note.rule})" for note in edge.notes)
    if edge.cut:
        return text + "; part of a ring, cut this call"
    return text + ("; part of a ring" if edge.ring else "")
