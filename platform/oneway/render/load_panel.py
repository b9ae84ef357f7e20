"""One diagram of a load curve: a frame with scales, lines through points, and guides across it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

from .markup import escaped
from .measure import text_width
from .parts import number

WIDTH: Final = 372.0
HEIGHT: Final = 232.0
_LEFT: Final = 58.0
_TOP: Final = 40.0
_RIGHT: Final = 16.0
_BOTTOM: Final = 36.0
_TICKS: Final = 4
_FONT: Final = 10.0
_ROOM: Final = 1.06


@dataclass(frozen=True, slots=True)
class Spot:
    """A point of a line; hollow where the goal broke."""

    x: float
    y: float
    held: bool = True


@dataclass(frozen=True, slots=True)
class Line:
    """A line by the style and the name in the key; its spots in the order of drawing."""

    style: str
    name: str
    spots: tuple[Spot, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """A diagram. `goal` is a level across it, `edge` a place on the scale below, each with its words."""

    title: str
    below: str
    unit: Callable[[float], str]
    lines: tuple[Line, ...]
    logarithmic: bool = False
    goal: tuple[float, str] | None = None
    edge: tuple[float, str] | None = None


def draw_panel(panel: Panel) -> Iterator[str]:
    """The diagram as parts of an SVG, from its own corner."""
    spots = [spot for line in panel.lines for spot in line.spots]
    across = _Scale(
        0.0, max([spot.x for spot in spots] + [panel.edge[0] if panel.edge else 0.0]), _LEFT, WIDTH - _RIGHT
    )
    heights = [spot.y for spot in spots] + ([panel.goal[0]] if panel.goal else [])
    up = _up(heights, panel.logarithmic)
    yield f'<text class="panel-title" x="{number(_LEFT)}" y="16">{escaped(panel.title)}</text>'
    yield from _key(panel.lines)
    yield from _frame(panel, across, up)
    for line in panel.lines:
        yield from _line(line, across, up)
    yield from _guides(panel, across, up)


@dataclass(frozen=True, slots=True)
class _Scale:
    """From values to places; `logarithmic` scales have no zero."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool = False

    def at(self, value: float) -> float:
        low, high, here = self.low, self.high, value
        if self.logarithmic:
            low, high, here = log10(low), log10(high), log10(max(value, self.low))
        share = (here - low) / (high - low) if high > low else 0.5
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[float]:
        if self.logarithmic:
            decades = range(round(log10(self.low)), round(log10(self.high)) + 1)
            return [10.0**each for each in decades]
        step = _round_step((self.high - self.low) / _TICKS)
        return [step * each for each in range(floor(self.high / step + 1e-9) + 1)] if step else [self.low]


def _up(values: Sequence[float], logarithmic: bool) -> _Scale:
    bottom = HEIGHT - _BOTTOM
    if not logarithmic:
        return _Scale(0.0, max(values, default=0.0) * _ROOM or 1.0, bottom, _TOP)
    positive = [each for each in values if each > 0] or [1.0]
    low, high = floor(log10(min(positive)) + 1e-9), ceil(log10(max(positive)) - 1e-9)
    return _Scale(10.0**low, 10.0 ** max(high, low + 1), bottom, _TOP, True)


def _round_step(step: float) -> float:
    """The next of 1, 2 and 5 times a power of ten."""
    if step <= 0:
        return 0.0
    power = 10.0 ** floor(log10(step))
    return next(each * power for each in (1, 2, 5, 10) if each * power >= step * (1 - 1e-9))


def _key(lines: Sequence[Line]) -> Iterator[str]:
    x = _LEFT
    for line in lines:
        if line.name and line.spots:
            yield f'<circle class="spot {line.style}" cx="{number(x + 4)}" cy="26" r="3"/>'
            yield f'<text class="key" x="{number(x + 11)}" y="29.5">{escaped(line.name)}</text>'
            x += 11 + text_width(line.name, _FONT) + 14


def _frame(panel: Panel, across: _Scale, up: _Scale) -> Iterator[str]:
    bottom, right = HEIGHT - _BOTTOM, WIDTH - _RIGHT
    for tick in up.ticks():
        y = up.at(tick)
        yield f'<path class="grid" d="M{number(_LEFT)} {number(y)}H{number(right)}"/>'
        yield f'<text class="tick end" x="{number(_LEFT - 5)}" y="{number(y + 3.5)}">{panel.unit(tick)}</text>'
    for tick in across.ticks():
        yield f'<text class="tick middle" x="{number(across.at(tick))}" y="{number(bottom + 14)}">{tick:g}</text>'
    yield f'<path class="axis" d="M{number(_LEFT)} {number(_TOP)}V{number(bottom)}H{number(right)}"/>'
    yield f'<text class="tick end" x="{number(right)}" y="{number(bottom + 28)}">{escaped(panel.below)}</text>'


def _line(line: Line, across: _Scale, up: _Scale) -> Iterator[str]:
    places = [(number(across.at(each.x)), number(up.at(each.y))) for each in line.spots]
    if len(places) > 1:
        yield f'<path class="curve {line.style}" d="M{"L".join(f"{x} {y}" for x, y in places)}"/>'
    for (x, y), each in zip(places, line.spots, strict=True):
        hollow = "" if each.held else " hollow"
        yield f'<circle class="spot {line.style}{hollow}" cx="{x}" cy="{y}" r="3"/>'


def _guides(panel: Panel, across: _Scale, up: _Scale) -> Iterator[str]:
    right = WIDTH - _RIGHT
    if panel.goal is not None:
        level = up.at(panel.goal[0])
        yield f'<path class="goal" d="M{number(_LEFT)} {number(level)}H{number(right)}"/>'
        yield f'<text class="goal-name" x="{number(_LEFT + 5)}" y="{number(level - 4)}">{escaped(panel.goal[1])}</text>'
    if panel.edge is not None:
        x, y = across.at(panel.edge[0]), number(_TOP + 9)
        side, at = ("end", x - 5) if x > (_LEFT + right) / 2 else ("", x + 5)
        yield f'<path class="edge-line" d="M{number(x)} {number(_TOP)}V{number(HEIGHT - _BOTTOM)}"/>'
        yield f'<text class="edge-name {side}" x="{number(at)}" y="{y}">{escaped(panel.edge[1])}</text>'
