"""How readable pictures are: arrows, crossings, length and size, with an arrow for every call and with names.

`all` and `whole` are crossings and length with the arrows between blocks.

python -m tools.bench.picture_quality
"""

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations, pairwise
from pathlib import Path
from typing import Final

from oneway.application.layout_engine import LayoutChoice, layout_engines
from oneway.graph import build
from oneway.manifest import load
from oneway.render import Picture, View, draw, seen
from oneway.render.block_layout import arrange_blocks
from oneway.render.curves import sampled
from oneway.render.layout import Layout, Point, Route, arrange
from tools.bench import lifelike

ROOT: Final = Path(__file__).resolve().parents[2]
_CELL: Final = 80.0
_ENGINE: Final = layout_engines(LayoutChoice.WHEEL)[0].run
Segment = tuple[int, Point, Point]


def main() -> None:
    """Print one line for each system and way to draw it."""
    heads = (
        ("arrows", 6),
        ("bundles", 7),
        ("crossings", 9),
        ("all", 6),
        ("length", 9),
        ("whole", 9),
        ("size", 11),
        ("seconds", 7),
    )
    print(f"{'system':<10} {'names':<5} " + " ".join(f"{head:>{width}}" for head, width in heads))
    for name, files in _systems():
        whole = draw(build(load(files).system))
        for label, hubs in (("off", 0), ("auto", None)):
            picture = seen(whole, View(hubs=hubs, by=None))
            started = time.process_time()
            layout = arrange_blocks(picture, _ENGINE)[0] if picture.bundles else arrange(picture, _ENGINE)
            print(_line(name, label, picture, layout, time.process_time() - started), flush=True)


def _systems() -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    for name, folder in (("samples", ROOT / "manifests"), ("grocer", ROOT / "tests/examples/grocer/manifests")):
        yield name, [(file.name, file.read_bytes()) for file in sorted(folder.glob("*.yaml"))]
    for services in (60, 120, 300):
        yield str(services), [(file, text.encode()) for file, text in lifelike.system(services).items()]


def _line(name: str, label: str, picture: Picture, layout: Layout, seconds: float) -> str:
    segments = list(_segments(layout.routes))
    whole = list(_segments((*layout.routes, *layout.bundles)))
    length, all_length = (sum(math.dist(a, b) for _, a, b in each) for each in (segments, whole))
    size = f"{layout.width:.0f}×{layout.height:.0f}"
    return (
        f"{name:<10} {label:<5} {len(picture.edges):>6} {len(picture.bundles):>7} {_crossings(segments):>9,} "
        f"{_crossings(whole):>6,} {length:>9,.0f} {all_length:>9,.0f} {size:>11} {seconds:>7.2f}"
    )


def _segments(routes: Iterable[Route]) -> Iterator[Segment]:
    for at, route in enumerate(routes):
        for a, b in pairwise((*sampled(route.points, 4), route.tip)):
            yield at, a, b


def _crossings(segments: list[Segment]) -> int:
    """Pairs of pieces of different arrows that cross, found cell by cell."""
    cells: dict[tuple[int, int], list[int]] = defaultdict(list)
    for number, (_, a, b) in enumerate(segments):
        for cell in _cells(a, b):
            cells[cell].append(number)
    pairs = {pair for numbers in cells.values() for pair in _crossing(numbers, segments)}
    return len(pairs)


def _cells(a: Point, b: Point) -> Iterable[tuple[int, int]]:
    across = range(int(min(a[0], b[0]) // _CELL), int(max(a[0], b[0]) // _CELL) + 1)
    down = range(int(min(a[1], b[1]) // _CELL), int(max(a[1], b[1]) // _CELL) + 1)
    return ((x, y) for x in across for y in down)


def _crossing(numbers: list[int], segments: list[Segment]) -> Iterator[tuple[int, int]]:
    for one, other in combinations(numbers, 2):
        (first, a, b), (second, c, d) = segments[one], segments[other]
        if first != second and _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0:
            yield one, other


def _side(p: Point, q: Point, r: Point) -> float:
    return (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0])


if __name__ == "__main__":
    main()
