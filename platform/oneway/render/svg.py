"""The picture as SVG: our own drawing at the places that Graphviz found."""

from collections.abc import Iterator, Mapping
from importlib import resources
from string import Template
from typing import Final

from .block_layout import arranged
from .colors import DARK, LIGHT
from .layout import Engine, Layout
from .legend import legend
from .markup import escaped
from .parts import (
    draw_edge,
    draw_edge_label,
    draw_group,
    draw_group_name,
    draw_node,
    number,
)
from .picture import Picture
from .shapes import GROUP_SIZE, LABEL_SIZE, META_SIZE, NAME_SIZE, PORT_SIZE, edge_label
from .words import bundle_words, counts, edge_words, heading

_MARGIN: Final = 14.0
_HEAD: Final = 50.0
_NARROWEST: Final = 560.0


def svg(picture: Picture, engine: Engine) -> str:
    """The whole file. It follows the reader's light or dark preference where the viewer knows one."""
    return _file(picture, arranged(picture, engine), stylesheet(LIGHT) + _dark())


def plain_svg(picture: Picture, engine: Engine) -> str:
    """The same in light colours only, for painters that know no media queries."""
    return _file(picture, arranged(picture, engine), stylesheet(LIGHT))


def _file(picture: Picture, layout: Layout, style: str) -> str:
    width = max(layout.width + 2 * _MARGIN, _NARROWEST)
    key = legend(picture, width - 2 * _MARGIN)
    head = _HEAD + 15 * len(picture.remarks)
    height = head + layout.height + key.height + _MARGIN
    shift = (width - layout.width) / 2
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escaped(heading(picture))}: architecture</title>',
        f'<desc id="description">{escaped(counts(picture))}, drawn from the manifests.</desc>',
        f"<style>{style}</style>",
        f'<rect class="page" width="{number(width)}" height="{number(height)}"/>',
        *_heading(picture),
        f'<g transform="translate({number(shift)} {number(head)})">',
        *_drawing(picture, layout),
        "</g>",
        f'<g class="legend" transform="translate({number(_MARGIN)} {number(head + layout.height + 6)})">',
        *key.parts,
        "</g>",
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _heading(picture: Picture) -> Iterator[str]:
    yield f'<text class="heading" x="{number(_MARGIN)}" y="26">{escaped(heading(picture))}</text>'
    yield f'<text class="counts" x="{number(_MARGIN)}" y="42">{escaped(counts(picture))}</text>'
    for at, remark in enumerate(picture.remarks):
        yield f'<text class="remark" x="{number(_MARGIN)}" y="{number(57 + 15 * at)}">{escaped(remark)}</text>'


def _drawing(picture: Picture, layout: Layout) -> Iterator[str]:
    names = {node.id: node.name for node in picture.nodes}
    colors = {owner.id: owner.color for owner in picture.owners}
    for group in picture.groups:
        yield from draw_group(group.name, group.summary, layout.groups[group.id])
    names |= {group.id: group.name for group in picture.groups}
    for edge, route in zip(picture.bundles, layout.bundles, strict=True):
        yield from draw_edge(edge, route, bundle_words(edge, names), picture.difference, bundle=True)
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        yield from draw_edge(edge, route, edge_words(edge, names), picture.difference)
    for node in picture.nodes:
        yield from draw_node(node, layout.nodes[node.id], layout.shapes[node.id], colors, picture.difference)
    for group in picture.groups:
        yield draw_group_name(group, layout.groups[group.id])
    for edge, route in zip(picture.edges, layout.routes, strict=True):
        yield from draw_edge_label(edge, route, edge_label(edge, picture))


def stylesheet(colors: Mapping[str, str]) -> str:
    """The rules of a drawing, in these colours or names of colours."""
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
    return f"\n@media (prefers-color-scheme: dark) {{{stylesheet(DARK)}}}\n"


class _Named(Template):
    """`@name` stands for a value, so that a stylesheet's own braces and dollars stay what they are."""

    delimiter = "@@"
    idpattern = r"[a-z-]+"
