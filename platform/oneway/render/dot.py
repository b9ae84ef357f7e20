"""The picture as DOT source that any `dot` draws in the same colours, for those who go on from there."""

from typing import Final, cast

import graphviz

from .colors import LIGHT, owner_color
from .markup import escaped
from .picture import Change, Edge, EdgeKind, Node, NodeKind, Picture
from .shapes import edge_label, shape
from .words import counts, edge_words, heading, mark_lines, node_words

_CHANGES: Final = {Change.ADDED: "added", Change.REMOVED: "removed", Change.CHANGED: "changed"}


def dot(picture: Picture) -> str:
    """DOT with labels of the HTML kind: blue cells are access points, green ones deployments."""
    graph = graphviz.Digraph(name=picture.title)
    label = _quoted("\n".join(_lines(picture)))
    graph.attr(rankdir="LR", fontname="Helvetica", label=label, labeljust="l", labelloc="b")
    graph.attr("node", fontname="Helvetica", fontsize="12")
    graph.attr("edge", fontname="Helvetica", fontsize="10", color=LIGHT["line"], arrowsize="0.8")
    for node in (each for each in picture.nodes if not each.group):
        _put(graph, node, picture)
    for group in picture.groups:
        with graph.subgraph(name=f"cluster_{group.id}") as box:
            box.attr(
                label=_quoted(group.name),
                tooltip=_quoted(group.summary or group.name),
                style="rounded,filled",
                color=LIGHT["box-line"],
                fillcolor=LIGHT["box"],
            )
            for node in (each for each in picture.nodes if each.group == group.id):
                _put(box, node, picture)
    names = {node.id: node.name for node in picture.nodes}
    kinds = {node.id: node.kind for node in picture.nodes}
    for edge in picture.edges:
        _join(graph, edge, picture, names, kinds)
    return str(graph.source)


def _lines(picture: Picture) -> list[str]:
    return [
        heading(picture),
        counts(picture),
        *picture.remarks,
        "green box: deployment; blue box: access point, dark when public; circle: channel; dashed hexagon: external",
        "solid: required call; dashed: not required; dotted: publishes, subscribes; red: ring of calls",
    ]


def _put(graph: graphviz.Digraph, node: Node, picture: Picture) -> None:
    tooltip = _quoted(node_words(node))
    if node.kind is NodeKind.CHANNEL:
        graph.node(
            _name(node.id),
            label=_quoted("\n".join(shape(node).title)),
            shape="circle",
            tooltip=tooltip,
            **_border(node, LIGHT["plain-line"]),
        )
    elif node.kind is NodeKind.EXTERNAL:
        text = shape(node)
        graph.node(
            _name(node.id),
            label=_quoted(f"{text.title[0]}\n{text.meta}"),
            shape="hexagon",
            style="dashed",
            tooltip=tooltip,
            **_border(node, LIGHT["soft"]),
        )
    else:
        outline = {"shape": "cylinder", "margin": "0.05"} if node.role == "backing" else {"shape": "plain"}
        graph.node(_name(node.id), label=_card(node, picture), tooltip=tooltip, **outline)


def _border(node: Node, color: str) -> dict[str, str]:
    change = _CHANGES.get(node.change)
    return {"color": LIGHT[change], "penwidth": "3"} if change else {"color": color}


def _card(node: Node, picture: Picture) -> str:
    text = shape(node)
    colors = {owner.id: owner_color(owner.color) for owner in picture.owners}
    owner = node.id.partition(":")[2] if node.kind is NodeKind.OWNER else node.owner
    rows = max(1, len(node.ports))
    fill, line = ("plain", "soft") if node.left_out else ("green", "green-line")
    border = LIGHT[_CHANGES[node.change]] if node.change in _CHANGES else LIGHT[line]
    body = (
        f'<TD ROWSPAN="{rows}" BGCOLOR="{LIGHT[fill]}" COLOR="{border}" ALIGN="LEFT"><B>{escaped(text.title[0])}</B>'
        + (f'<BR/><FONT POINT-SIZE="10">{escaped(text.meta)}</FONT>' if text.meta else "")
        + "".join(f'<BR/><FONT POINT-SIZE="10">{escaped(line)}</FONT>' for line in mark_lines(node))
        + "</TD>"
    )
    band = f'<TD ROWSPAN="{rows}" BGCOLOR="{colors[owner]}" WIDTH="5"></TD>' if owner in colors else ""
    lines = [_port_cell(node, at) + (body + band if at == 0 else "") for at in range(rows)]
    table = "".join(f"<TR>{line}</TR>" for line in lines)
    return f'<<TABLE BORDER="0" CELLBORDER="1" CELLSPACING="0" CELLPADDING="4">{table}</TABLE>>'


def _port_cell(node: Node, at: int) -> str:
    if at >= len(node.ports):
        return ""
    port = node.ports[at]
    text = f'<FONT POINT-SIZE="9">{escaped(port.name)} :{port.port}</FONT>'
    fill = LIGHT["blue"]
    if port.public:
        text, fill = f'<FONT COLOR="{LIGHT["on-blue"]}">{text}</FONT>', LIGHT["blue-line"]
    return f'<TD PORT="{escaped(port.name)}" BGCOLOR="{fill}" COLOR="{LIGHT["blue-line"]}">{text}</TD>'


def _join(
    graph: graphviz.Digraph, edge: Edge, picture: Picture, names: dict[str, str], kinds: dict[str, NodeKind]
) -> None:
    attributes = {"tooltip": _quoted(edge_words(edge, names))}
    if edge.kind is not EdgeKind.CALL:
        attributes["style"] = "dotted"
    elif not edge.required:
        attributes["style"] = "dashed"
    if edge.ring or edge.change in _CHANGES:
        attributes |= {"color": LIGHT["red" if edge.ring else _CHANGES[edge.change]], "penwidth": "2.6"}
    label = " ".join(filter(None, (edge_label(edge, picture), "cut" if edge.cut else "")))
    if label:
        attributes["label"] = _quoted(label)
    to_port = edge.endpoint and kinds[edge.target] is NodeKind.SERVICE
    graph.edge(_name(edge.source), _name(edge.target) + (f":{edge.endpoint}:w" if to_port else ""), **attributes)


def _name(id: str) -> str:
    """An id without the colon, behind which DOT expects a port."""
    return id.replace(":", "/")


def _quoted(text: str) -> str:
    """Text that Graphviz shows as it is: neither its escapes nor a label of the HTML kind."""
    lines = [str(graphviz.escape(line)) for line in text.split("\n")]
    whole = lines[0] if len(lines) == 1 else "".join(f"{line}\\l" for line in lines)
    return cast(str, graphviz.nohtml(whole))
