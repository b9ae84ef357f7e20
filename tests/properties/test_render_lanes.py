"""Blocks on shelves: none overlaps another, and no way between two of them ever enters a third."""

from itertools import combinations, pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.render.lanes import Plan, Point, curve, planned
from oneway.render.shelves import GAP, Block, shelves

SIZES = st.floats(60, 900).map(round)


@st.composite
def floors(draw: st.DrawFn) -> tuple[list[Block], dict[tuple[str, str], int], float]:
    sizes = draw(st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=14))
    blocks = [Block(f"b{at:02}", width, height) for at, (width, height) in enumerate(sizes)]
    pairs = [(a.id, b.id) for a in blocks for b in blocks if a.id != b.id]
    chosen = draw(st.lists(st.sampled_from(pairs), unique=True, max_size=40)) if pairs else []
    return blocks, {pair: 1 + at % 5 for at, pair in enumerate(chosen)}, draw(st.sampled_from((0.5, 1.0, 1.6)))


def plan(blocks: list[Block], links: dict[tuple[str, str], int], aspect: float) -> Plan:
    return planned(shelves(blocks, links, aspect), list(links))


def inside(point: Point, corner: Point, block: Block) -> bool:
    (x, y), (left, top) = point, corner
    return left + 0.5 < x < left + block.width - 0.5 and top + 0.5 < y < top + block.height - 0.5


def along(way: tuple[Point, ...]) -> list[Point]:
    """Points every few units of the way."""
    points: list[Point] = []
    for (ax, ay), (bx, by) in pairwise(way):
        steps = max(1, int((abs(bx - ax) + abs(by - ay)) / 5))
        points += [(ax + (bx - ax) * at / steps, ay + (by - ay) * at / steps) for at in range(steps + 1)]
    return points


@given(floors())
@settings(max_examples=60, deadline=None)
def test_blocks_stand_apart_on_the_page(floor: tuple[list[Block], dict[tuple[str, str], int], float]) -> None:
    blocks, links, aspect = floor
    found = plan(blocks, links, aspect)
    for block in blocks:
        x, y = found.corners[block.id]
        assert x >= 0
        assert y >= 0
        assert x + block.width <= found.width + 0.01
        assert y + block.height <= found.height + 0.01
    for one, other in combinations(blocks, 2):
        (ax, ay), (bx, by) = found.corners[one.id], found.corners[other.id]
        apart_across = ax + one.width + GAP <= bx + 0.01 or bx + other.width + GAP <= ax + 0.01
        apart_down = ay + one.height + GAP <= by + 0.01 or by + other.height + GAP <= ay + 0.01
        assert apart_across or apart_down


@given(floors())
@settings(max_examples=60, deadline=None)
def test_no_way_enters_any_block_and_each_joins_its_own(
    floor: tuple[list[Block], dict[tuple[str, str], int], float],
) -> None:
    blocks, links, aspect = floor
    found = plan(blocks, links, aspect)
    sizes = {block.id: block for block in blocks}
    for (source, target), way in zip(links, found.ways, strict=True):
        for id, point in ((source, way[0]), (target, way[-1])):
            (x, y), (left, top) = point, found.corners[id]
            assert left <= x <= left + sizes[id].width
            assert min(abs(y - top), abs(y - top - sizes[id].height)) < 0.01
        assert all(ax == bx or ay == by for (ax, ay), (bx, by) in pairwise(way))
        for point in along(way):
            assert not any(inside(point, found.corners[block.id], block) for block in blocks)


@given(floors())
@settings(max_examples=30, deadline=None)
def test_ways_that_run_upright_in_one_gap_have_lanes_of_their_own(
    floor: tuple[list[Block], dict[tuple[str, str], int], float],
) -> None:
    blocks, links, aspect = floor
    found = plan(blocks, links, aspect)
    flat = [
        (min(ax, bx), max(ax, bx), ay, number)
        for number, way in enumerate(found.ways)
        for (ax, ay), (bx, by) in pairwise(way)
        if ay == by and ax != bx
    ]
    for (a1, a2, ay, one), (b1, b2, by, other) in combinations(flat, 2):
        if one != other and ay == by:
            assert a2 <= b1 or b2 <= a1


@given(floors())
@settings(max_examples=30, deadline=None)
def test_rounded_ways_keep_their_ends(floor: tuple[list[Block], dict[tuple[str, str], int], float]) -> None:
    for way in plan(*floor).ways:
        points = curve(way)
        assert (points[0], points[-1]) == (way[0], way[-1])
        assert len(points) % 3 == 1
