"""A measurement as a picture: time, answers and errors, processor and memory, and requests under way, by rate."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from string import Template
from typing import Final

from ..model import Duration, Point
from .colors import DARK, LIGHT
from .load_panel import HEIGHT, WIDTH, Line, Panel, Spot, draw_panel
from .markup import escaped
from .parts import number

_MARGIN: Final = 14.0
_HEAD: Final = 54.0
_MEGA: Final = float(1 << 20)
_STYLE: Final = Template(
    """
.page{fill:$page}
text{font-family:Helvetica,Arial,"Liberation Sans",Arimo,sans-serif;fill:$ink}
.heading{font-size:18px;font-weight:bold}
.counts{font-size:12px;fill:$soft}
.panel-title{font-size:12px;font-weight:bold}
.key,.tick,.goal-name,.edge-name{font-size:10px}
.tick,.key{fill:$soft}
.end{text-anchor:end}
.middle{text-anchor:middle}
.grid{stroke:$box_line;stroke-width:0.6;fill:none}
.axis{stroke:$line;stroke-width:1;fill:none}
.curve{fill:none;stroke-width:1.6}
.curve.first{stroke:$blue_line}.spot.first{fill:$blue_line;stroke:$blue_line}
.curve.second{stroke:$green_line}.spot.second{fill:$green_line;stroke:$green_line}
.curve.bad{stroke:$red;stroke-dasharray:4 3}.spot.bad{fill:$red;stroke:$red}
.curve.plain{stroke:$line;stroke-dasharray:2 3;stroke-width:1}.spot.plain{fill:none;stroke:none}
.spot{stroke-width:1.3}
.spot.hollow{fill:$page}
.goal{stroke:$red;stroke-width:1;stroke-dasharray:5 3;fill:none}
.goal-name{fill:$red}
.edge-line{stroke:$ink;stroke-width:1.2;fill:none}
.edge-name{font-weight:bold;stroke:$page;stroke-width:3px;paint-order:stroke}
"""
)


def load_svg(
    title: str, words: str, curve: Sequence[Point], goal: Mapping[str, float], carried: float | None, dark: bool = True
) -> str:
    """The file. `goal` has the latencies that had to hold by name, `carried` the rate that was found. Without `dark` it
    is in light colours only, for painters that know no media queries."""
    panels = _panels(_by_rate(curve), goal, carried)
    width, height = 2 * WIDTH + 2 * _MARGIN, _HEAD + 2 * HEIGHT + _MARGIN
    style = _style(LIGHT) + (f"@media (prefers-color-scheme: dark) {{{_style(DARK)}}}" if dark else "")
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {number(width)} {number(height)}" '
        f'width="{number(width)}" height="{number(height)}" role="img" aria-labelledby="title description">',
        f'<title id="title">{escaped(title)}</title>',
        f'<desc id="description">{escaped(words)}</desc>',
        f"<style>{style}</style>",
        f'<rect class="page" width="{number(width)}" height="{number(height)}"/>',
        f'<text class="heading" x="{number(_MARGIN)}" y="26">{escaped(title)}</text>',
        f'<text class="counts" x="{number(_MARGIN)}" y="43">{escaped(words)}</text>',
        *_placed(panels),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def load_png(title: str, words: str, curve: Sequence[Point], goal: Mapping[str, float], carried: float | None) -> bytes:
    """The same as PNG, in light colours."""
    from .png import paint

    return paint(load_svg(title, words, curve, goal, carried, dark=False))


def _style(colors: Mapping[str, str]) -> str:
    return _STYLE.substitute({name.replace("-", "_"): value for name, value in colors.items()})


def _placed(panels: Sequence[Panel]) -> Iterator[str]:
    for at, panel in enumerate(panels):
        x, y = _MARGIN + at % 2 * WIDTH, _HEAD + at // 2 * HEIGHT
        yield f'<g transform="translate({number(x)} {number(y)})">'
        yield from draw_panel(panel)
        yield "</g>"


def _by_rate(curve: Sequence[Point]) -> list[Point]:
    """One point for each rate: of several windows the one that held, or went best."""
    ordered = sorted(curve, key=lambda each: (each.offered, not each.held, each.p99 or 0.0))
    return [next(same) for _, same in groupby(ordered, key=lambda each: each.offered)]


def _panels(points: Sequence[Point], goal: Mapping[str, float], carried: float | None) -> list[Panel]:
    edge = None if carried is None else (carried, f"carries {carried:g}/s")
    strictest = max(goal.items(), key=lambda each: each[1], default=None)
    level = None if strictest is None else (strictest[1], f"{strictest[0]} at most {Duration(strictest[1])}")
    p50 = tuple(Spot(each.offered, each.p50, each.held) for each in points if each.p50 is not None)
    p99 = tuple(Spot(each.offered, each.p99, each.held) for each in points if each.p99 is not None)
    answered = tuple(Spot(each.offered, each.answered, each.held) for each in points)
    failed = tuple(Spot(each.offered, each.errors * each.offered, each.held) for each in points if each.errors)
    offered = tuple(Spot(each.offered, each.offered) for each in points)
    under_way = sorted(
        (Spot(each.concurrency, each.p50, each.held) for each in points if each.p50 is not None),
        key=lambda each: each.x,
    )
    return [
        Panel(
            "Time per request",
            "requests offered a second",
            _time,
            (Line("first", "p50", p50), Line("second", "p99", p99)),
            True,
            level,
            edge,
        ),
        Panel(
            "Answers a second",
            "requests offered a second",
            _plain,
            (Line("plain", "", offered), Line("first", "answered", answered), Line("bad", "failed", failed)),
            edge=edge,
        ),
        _resources(points, edge),
        Panel(
            "Time by requests under way",
            "requests under way on average",
            _time,
            (Line("first", "p50", tuple(under_way)),),
        ),
    ]


def _resources(points: Sequence[Point], edge: tuple[float, str] | None) -> Panel:
    """Cores on the scale; memory in words, for it is another scale and hardly ever a curve."""
    cores = tuple(Spot(each.offered, each.processor, each.held) for each in points if each.processor is not None)
    held = [each.memory for each in points if each.memory is not None]
    memory = f"; memory at most {max(held) / _MEGA:.0f} MB" if held else "; memory cannot be seen"
    return Panel(
        f"Cores that the replica kept busy{memory}",
        "requests offered a second" if cores else "its processor time cannot be seen",
        _plain,
        (Line("first", "", cores),),
        edge=edge if cores else None,
    )


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.4g} ms" if seconds < 1 else f"{seconds:.4g} s"


def _plain(value: float) -> str:
    return f"{value:.4g}"
