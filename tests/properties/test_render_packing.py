"""Laws of what a block is made of: parts that keep apart, columns that become two, tracks on which ways keep apart."""

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from oneway.render.columns import TALL, spans
from oneway.render.layout import Box
from oneway.render.picture import Edge
from oneway.render.tiles import Tile, packings
from oneway.render.tracks import Stretch, crossings, tracks

SIZES = st.tuples(st.floats(20, 900), st.floats(20, 400))


def boxes(tile: Tile) -> list[Box]:
    return list(tile.nodes.values())


def overlap(one: Box, other: Box) -> bool:
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return across > 0.01 and down > 0.01


@given(st.lists(SIZES, min_size=1, max_size=14), st.integers(1, 8))
def test_parts_of_a_block_keep_apart_in_every_shape_of_it(sizes: list[tuple[float, float]], widths: int) -> None:
    tiles = [Tile(w, h, {f"n{at}": Box(0, 0, w, h)}, {}) for at, (w, h) in enumerate(sizes)]
    found = packings(tiles, widths)
    assert 1 <= len(found) <= widths
    for packed in found:
        assert set(packed.nodes) == {f"n{at}" for at in range(len(sizes))}
        assert sorted((box.width, box.height) for box in boxes(packed)) == sorted(sizes)
        assert not [pair for pair in combinations(boxes(packed), 2) if overlap(*pair)]
        assert all(box.x >= 0 and box.x + box.width <= packed.width + 0.01 for box in boxes(packed))
        assert all(box.y >= 0 and box.y + box.height <= packed.height + 0.01 for box in boxes(packed))


def column(at: int, ids: list[str]) -> dict[str, Box]:
    return {id: Box(at * 200.0, 60.0 * row, 100, 40) for row, id in enumerate(ids)}


@given(st.integers(1, 14), st.integers(1, 14), st.booleans(), st.data())
def test_only_tall_columns_become_two_and_arrows_still_go_right(
    left: int, right: int, in_turn: bool, data: st.DataObject
) -> None:
    one, other = [f"a{at}" for at in range(left)], [f"b{at}" for at in range(right)]
    ends = data.draw(st.lists(st.tuples(st.sampled_from(one), st.sampled_from(other)), max_size=20))
    found = spans(column(0, one) | column(1, other), tuple(Edge(*pair) for pair in ends), in_turn)
    if max(left, right) < TALL:
        assert found == {}
    assert set(found) <= set(ends)
    assert all(length in (2, 3) for length in found.values())
    for source, length in ((pair[0], length) for pair, length in found.items()):
        lengths = {found.get(pair, 1) for pair in ends if pair[0] == source}
        assert max(lengths) - min(lengths) <= 1, (source, length)


STRETCHES = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60), st.booleans(), st.booleans()), max_size=24)


@given(STRETCHES)
def test_ways_on_one_track_keep_apart_and_sifting_never_crosses_more(
    drawn: list[tuple[int, int, bool, bool]],
) -> None:
    stretches = [
        Stretch(at, 10.0 * min(a, b), 10.0 * max(a, b), left_up, right_up)
        for at, (a, b, left_up, right_up) in enumerate(drawn)
    ]
    found = tracks(stretches)
    assert set(found) == set(range(len(stretches)))
    for one, other in combinations(stretches, 2):
        if found[one.way] == found[other.way]:
            assert one.right < other.left or other.right < one.left
    apart = {each.way: at for at, each in enumerate(sorted(stretches, key=lambda each: (each.left, each.right)))}
    if stretches and len(set(found.values())) == len(stretches):
        assert crossings(stretches, found) <= crossings(stretches, apart)
