"""How long requests have waited, told from counts alone."""

from hypothesis import given
from hypothesis import strategies as st

from oneway.targets.local.proxy.under_way import UnderWay


def waits(looks: list[tuple[int, int]], every: float = 0.5) -> list[float]:
    """The waits after looks that each saw so many under way, and had so many ended in all by then."""
    found = UnderWay()
    for at, (count, ended) in enumerate(looks):
        found.look(at * every, lambda count=count: {1: count}, {1: ended})  # type: ignore[misc]
    return sorted(each.seconds for each in found.waiting({1: looks[-1][1]}))


def test_what_hangs_grows_old() -> None:
    assert waits([(1, 0), (2, 0), (3, 0), (4, 0)]) == [0.0, 0.0, 0.5, 1.0]


def test_what_is_answered_is_never_old() -> None:
    assert waits([(3, 0), (3, 3), (3, 6), (3, 9)]) == [0.0, 0.0, 0.0]


def test_one_that_hangs_among_many_that_do_not_is_found() -> None:
    assert waits([(3, 0), (3, 2), (3, 4), (3, 6), (3, 8)])[-1] == 0.0
    assert waits([(1, 0), (1, 0), (3, 5), (1, 12), (1, 15)]) == [0.0]
    assert waits([(5, 0), (5, 1), (5, 1), (5, 1)]) == [0.5, 1.0, 1.0, 1.0, 1.0]


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 9.0)), max_size=60))
def test_nobody_is_said_to_have_waited_longer_than_he_has(arrivals: list[tuple[int, float]]) -> None:
    """Requests that begin at a time and take some seconds, looked at every half second."""
    requests = [(at * 0.4, at * 0.4 + seconds) for at, (count, seconds) in enumerate(arrivals) for _ in range(count)]
    found, now = UnderWay(), 0.0
    for look in range(40):
        now = look * 0.5
        under_way = [began for began, ends in requests if began <= now < ends]
        ended = sum(1 for _, ends in requests if ends <= now)
        found.look(now, lambda under_way=under_way: {1: len(under_way)}, {1: ended})  # type: ignore[misc]
        told = sorted((each.seconds for each in found.waiting({1: ended})), reverse=True)
        true = sorted((now - began for began in under_way), reverse=True)
        assert len(told) == len(true) or look == 0
        assert all(said <= real for said, real in zip(told, true, strict=False))
