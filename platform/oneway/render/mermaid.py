"""The picture as a Mermaid flowchart, for places that draw Mermaid by themselves."""

from collections.abc import Iterator
from typing import Final

from .colors import LIGHT
from .picture import ROLLED_UP, Change, Edge, EdgeKind, Node, NodeKind, Picture, Sight
from .shapes import edge_label, runs, sign
from .words import counts, heading, mark_lines

_SIGNS: Final = {Change.ADDED: "+ ", Change.REMOVED: "− ", Change.CHANGED: "~ "}


def mermaid(picture: Picture) -> str:
    """The source. Names of our own stand for the nodes; every text is quoted and written in character codes."""
    return "\n".join(_lines(picture)) + "\n"


def _lines(picture: Picture) -> Iterator[str]:
    names = {node.id: f"n{at}" for at, node in enumerate(picture.nodes)}
    yield "flowchart LR"
    yield f"  accTitle: {_plain(heading(picture))}: architecture"
    yield f"  accDescr: {_plain(counts(picture))}, drawn from the manifests"
    for node in picture.nodes:
        if not node.group:
            yield f"  {_node(node, names[node.id])}"
    for at, group in enumerate(picture.groups):
        yield f"  subgraph g{at}[{_quoted(group.name)}]"
        yield from (f"    {_node(node, names[node.id])}" for node in picture.nodes if node.group == group.id)
        yield "  end"
    for edge in picture.edges:
        yield f"  {names[edge.source]} {_arrow(edge, picture)} {names[edge.target]}"
    yield from _styles(picture, names)


def _node(node: Node, name: str) -> str:
    words = _SIGNS.get(node.change, "") + node.name
    if node.kind is NodeKind.CHANNEL:
        return f"{name}(({_quoted(words)}))"
    if node.kind is NodeKind.EXTERNAL:
        return f"{name}{{{{{_quoted(words)}}}}}"
    more = [node.owner, node.version, runs(node)]
    if node.kind in ROLLED_UP:
        more = [f"{node.services} services"]
    meta = " · ".join(part for part in more if part)
    ports = " ".join(f"{port.name}:{port.port}{' public' if port.public else ''}" for port in node.ports)
    if node.role == "backing":
        return f"{name}[({_quoted(*(part for part in (words, meta, ports, *mark_lines(node)) if part))})]"
    return f"{name}[{_quoted(*(part for part in (words, meta, ports, *mark_lines(node)) if part))}]"


def _arrow(edge: Edge, picture: Picture) -> str:
    label = " ".join(filter(None, (sign(edge).replace("!", "").strip(), edge_label(edge, picture))))
    line = "-.->" if edge.kind is not EdgeKind.CALL or not edge.required else "==>" if edge.ring else "-->"
    return f"{line}|{_quoted(label)}|" if label else line


def _styles(picture: Picture, names: dict[str, str]) -> Iterator[str]:
    yield f"  classDef deployment fill:{LIGHT['green']},stroke:{LIGHT['green-line']},color:{LIGHT['ink']}"
    yield f"  classDef public fill:{LIGHT['green']},stroke:{LIGHT['blue-line']},stroke-width:3px,color:{LIGHT['ink']}"
    yield f"  classDef outside fill:{LIGHT['plain']},stroke:{LIGHT['soft']},stroke-dasharray:5 3,color:{LIGHT['ink']}"
    for change in (Change.ADDED, Change.REMOVED, Change.CHANGED):
        yield f"  classDef {change.value} stroke:{LIGHT[change.value]},stroke-width:4px"
    for node in picture.nodes:
        kind = _class(node)
        if kind:
            yield f"  class {names[node.id]} {kind}"
        if node.change is not Change.SAME:
            yield f"  class {names[node.id]} {node.change.value}"
    marked = [(at, _color(edge)) for at, edge in enumerate(picture.edges)]
    yield from (f"  linkStyle {at} stroke:{color},stroke-width:3px" for at, color in marked if color)


def _class(node: Node) -> str:
    if node.left_out:
        return "outside"
    if node.kind is NodeKind.SERVICE:
        return "public" if any(port.public for port in node.ports) else "deployment"
    return "deployment" if node.kind in ROLLED_UP else "outside" if node.kind is NodeKind.EXTERNAL else ""


def _color(edge: Edge) -> str:
    standing = edge.sighting.standing if edge.sighting else Sight.SEEN.value
    if edge.ring or standing == Sight.UNDECLARED:
        return LIGHT["red"]
    if standing not in (Sight.SEEN, "accepted"):
        return LIGHT["changed"]
    return LIGHT[edge.change.value] if edge.change is not Change.SAME else ""


def _quoted(*lines: str) -> str:
    return '"' + "<br/>".join(_coded(line) for line in lines) + '"'


def _coded(text: str) -> str:
    """Letters, digits and a few harmless signs as they are; everything else as Mermaid's `#code;`."""
    return "".join(each if each.isalnum() or each in " -_./:,()×·–−+~→" else f"#{ord(each)};" for each in text)


def _plain(text: str) -> str:
    return "".join(each if each.isalnum() or each in " -_.,·" else " " for each in text)
