"""The ways of arrows between blocks on shelves: along gutters and through gaps, each in a lane of its own.

Gutter k lies above shelf k, the last one below the last shelf. Gap 0 of a shelf is left of its first block, gap n
right of its last. A way is first found as a list of gaps to go through, then lanes are counted, and only then there
are coordinates, so that gutters and gaps are as wide as what runs in them.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

from .shelves import GAP, LANE, Shelf
from .tracks import Stretch, tracks
from .ways import MARGIN, Place, Way, find_way, gap_middle, span

Point = tuple[float, float]
_PORT: Final = 26.0
_ROUND: Final = 7.0
_SWEEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """The finished floor: its size, each block's corner, each way's corners in the order of the links."""

    width: float
    height: float
    corners: Mapping[str, Point]
    ways: tuple[tuple[Point, ...], ...]


def planned(shelves: Sequence[Shelf], links: Sequence[tuple[str, str]]) -> Plan:
    """Coordinates for every block and every link between two of them."""
    ways = [find_way(source, target, shelves, _places(shelves, None)) for source, target in links]
    lanes: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, way in enumerate(ways):
        for row, gap in zip(way.rows, way.gaps, strict=True):
            lanes[row, gap].append(number)
    places = _places(shelves, lanes)
    runs = _settled(ways, shelves, lanes, places)
    heights, depths = _tracks(ways, runs, places, len(shelves) + 1)
    tops, height = _tops(shelves, heights)
    corners = {id: (place.left, tops[place.shelf]) for id, place in places.items()}
    bottoms = {block.id: corners[block.id][1] + block.height for shelf in shelves for block in shelf.blocks}
    drawn = []
    for number, way in enumerate(ways):
        lines = [tops[gutter] - heights[gutter] + depths[number, gutter] for gutter in way.gutters]
        start = bottoms[way.source] if way.first > places[way.source].shelf else corners[way.source][1]
        end = corners[way.target][1] if way.last == places[way.target].shelf else bottoms[way.target]
        drawn.append(_corners(runs[number], lines, start, end))
    return Plan(_width(shelves, lanes, places), height, corners, tuple(drawn))


def curve(corners: Sequence[Point]) -> tuple[Point, ...]:
    """The corners as a chain of cubic curves: straight, and round where the way turns."""
    points = [corners[0]]
    for before, corner, after in zip(corners, corners[1:], corners[2:], strict=False):
        entry, exit = _towards(corner, before), _towards(corner, after)
        points += [*_straight(points[-1], entry), _between(entry, corner), _between(exit, corner), exit]
    return (*points, *_straight(points[-1], corners[-1]))


def _straight(start: Point, end: Point) -> list[Point]:
    third = ((2 * start[0] + end[0]) / 3, (2 * start[1] + end[1]) / 3)
    return [third, ((start[0] + 2 * end[0]) / 3, (start[1] + 2 * end[1]) / 3), end]


def _between(a: Point, b: Point) -> Point:
    return (a[0] + 0.55 * (b[0] - a[0]), a[1] + 0.55 * (b[1] - a[1]))


def _towards(corner: Point, other: Point) -> Point:
    """A point near the corner on the way to another, at most half way."""
    length = abs(other[0] - corner[0]) + abs(other[1] - corner[1])
    share = min(_ROUND, length / 2) / length if length else 0.0
    return (corner[0] + share * (other[0] - corner[0]), corner[1] + share * (other[1] - corner[1]))


def _places(shelves: Sequence[Shelf], lanes: Mapping[tuple[int, int], list[int]] | None) -> dict[str, Place]:
    """Every block's place, with gaps as wide as the lanes in them need."""
    margin = max((_needed(lanes, row, 0) for row in range(len(shelves))), default=0.0)
    places: dict[str, Place] = {}
    for row, shelf in enumerate(shelves):
        x = margin
        for at, block in enumerate(shelf.blocks):
            x += max(GAP, _needed(lanes, row, at)) if at else 0.0
            places[block.id] = Place(row, at, x, block.width)
            x += block.width
    return places


def _needed(lanes: Mapping[tuple[int, int], list[int]] | None, row: int, gap: int) -> float:
    number = len(lanes.get((row, gap), ())) if lanes else 0
    return (number + 1) * LANE + MARGIN if number else 0.0


def _width(shelves: Sequence[Shelf], lanes: Mapping[tuple[int, int], list[int]], places: Mapping[str, Place]) -> float:
    ends = [places[shelf.blocks[-1].id] for shelf in shelves]
    return max(end.left + end.width + _needed(lanes, row, len(shelves[row].blocks)) for row, end in enumerate(ends))


def _columns(
    shelves: Sequence[Shelf], lanes: Mapping[tuple[int, int], list[int]], places: Mapping[str, Place]
) -> dict[tuple[int, int, int], float]:
    """The x of each way in each gap that it goes through: (shelf, gap, way) -> x."""
    columns: dict[tuple[int, int, int], float] = {}
    for (row, gap), numbers in lanes.items():
        left, right = span(shelves[row], gap, places)
        step = min(LANE, (right - left) / (len(numbers) + 1)) if right > left else LANE
        start = (
            (left + right) / 2 - step * (len(numbers) - 1) / 2
            if gap and gap < len(shelves[row].blocks)
            else (left + MARGIN if gap else right - MARGIN - step * (len(numbers) - 1))
        )
        columns |= {(row, gap, number): start + step * at for at, number in enumerate(numbers)}
    return columns


def _settled(
    ways: Sequence[Way],
    shelves: Sequence[Shelf],
    lanes: Mapping[tuple[int, int], list[int]],
    places: Mapping[str, Place],
) -> list[list[float]]:
    """The x of every upright stretch of each way: its port, its columns, its other port.

    Ports of a block and lanes of a gap are in the order of where their ways come from and go on to; since these depend
    on each other, everything is put in order a few times.
    """
    runs = [_rough(way, shelves, places) for way in ways]
    for _ in range(_SWEEPS):
        ordered = {place: sorted(numbers, key=_beside(ways, runs, place)) for place, numbers in lanes.items()}
        columns = _columns(shelves, ordered, places)
        ports = _ports(ways, runs, places)
        runs = [
            [
                ports[number, False],
                *(columns[row, gap, number] for row, gap in zip(way.rows, way.gaps, strict=True)),
                ports[number, True],
            ]
            for number, way in enumerate(ways)
        ]
    return runs


def _rough(way: Way, shelves: Sequence[Shelf], places: Mapping[str, Place]) -> list[float]:
    gaps = (gap_middle(shelves[row], gap, places) for row, gap in zip(way.rows, way.gaps, strict=True))
    return [places[way.source].middle, *gaps, places[way.target].middle]


def _beside(ways: Sequence[Way], runs: Sequence[Sequence[float]], place: tuple[int, int]) -> Callable[[int], Any]:
    """The key that sorts ways in a gap by the middle of where they come from and where they go on to."""

    def key(number: int) -> tuple[float, int]:
        at = ways[number].rows.index(place[0]) + 1
        return runs[number][at - 1] + runs[number][at + 1], number

    return key


def _ports(
    ways: Sequence[Way], runs: Sequence[Sequence[float]], places: Mapping[str, Place]
) -> dict[tuple[int, bool], float]:
    """Where each way leaves (False) and enters (True) its blocks, in the order of where it goes and comes from."""
    edges: dict[tuple[str, bool], list[tuple[float, int, bool]]] = defaultdict(list)
    for number, (way, run) in enumerate(zip(ways, runs, strict=True)):
        edges[way.source, way.first > places[way.source].shelf].append((run[1], number, False))
        edges[way.target, way.last > places[way.target].shelf].append((run[-2], number, True))
    ports: dict[tuple[int, bool], float] = {}
    for (id, _), users in edges.items():
        step = min(_PORT, places[id].width / (len(users) + 1))
        start = places[id].middle - step * (len(users) - 1) / 2
        for at, (_, number, entering) in enumerate(sorted(users)):
            ports[number, entering] = start + step * at
    return ports


def _tracks(
    ways: Sequence[Way], runs: Sequence[Sequence[float]], places: Mapping[str, Place], gutters: int
) -> tuple[list[float], dict[tuple[int, int], float]]:
    """How high each gutter is, and how deep in it each way runs."""
    wanted: dict[int, list[Stretch]] = defaultdict(list)
    for number, (way, run) in enumerate(zip(ways, runs, strict=True)):
        for gutter, ends, ups in zip(way.gutters, pairwise(run), _ups(way, places), strict=True):
            (left, left_up), (right, right_up) = sorted(zip(ends, ups, strict=True))
            wanted[gutter].append(Stretch(number, left, right, left_up, right_up))
    heights = [0.0] * gutters
    depths: dict[tuple[int, int], float] = {}
    for gutter, stretches in wanted.items():
        found = tracks(stretches)
        depths |= {(number, gutter): MARGIN + track * LANE for number, track in found.items()}
        heights[gutter] = 2 * MARGIN + max(found.values()) * LANE
    return heights, depths


def _ups(way: Way, places: Mapping[str, Place]) -> Iterator[tuple[bool, bool]]:
    """For every gutter of the way, whether it is above where it comes from, and where it goes on."""
    down = way.first <= way.last
    last = len(way.gutters) - 1
    for at in range(last + 1):
        comes = way.first > places[way.source].shelf if at == 0 else down
        goes = way.last > places[way.target].shelf if at == last else not down
        yield comes, goes


def _tops(shelves: Sequence[Shelf], heights: Sequence[float]) -> tuple[list[float], float]:
    """The upper edge of each shelf, that of one more below the last gutter, and the whole height."""
    tops: list[float] = []
    y = 0.0
    for shelf, gutter in zip(shelves, heights, strict=False):
        y += max(gutter, GAP if tops else 0.0)
        tops.append(y)
        y += shelf.height
    return [*tops, y + heights[-1]], y + heights[-1]


def _corners(run: Sequence[float], lines: Sequence[float], start: float, end: float) -> tuple[Point, ...]:
    """Where the way turns, without the turns that are none."""
    corners: list[Point] = [(run[0], start)]
    for (a, b), y in zip(pairwise(run), lines, strict=True):
        corners += [(a, y), (b, y)]
    corners.append((run[-1], end))
    kept = [corners[0]]
    for corner in corners[1:]:
        if corner != kept[-1]:
            kept.append(corner)
    return tuple(kept)
