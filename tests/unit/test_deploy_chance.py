"""The tests by which new is told from old: exact, and with the rates of false alarms that they promise."""

from fractions import Fraction
from math import comb, isclose
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.deploy.chance import compare_shares, exceed_share, spend
from oneway.deploy.judge import FALSE_ALARMS, Sample, failing


@given(st.integers(1, 60), st.integers(1, 60), st.data())
def test_fishers_test_is_exact(of: int, of_before: int, data: st.DataObject) -> None:
    bad, bad_before = data.draw(st.integers(0, of)), data.draw(st.integers(0, of_before))
    every_bad, every = bad + bad_before, of + of_before
    tail = sum(
        Fraction(comb(every_bad, k) * comb(every - every_bad, of - k), comb(every, of))
        for k in range(bad, min(every_bad, of) + 1)
    )
    wanted = float(tail) if bad * of_before > bad_before * of else 1.0
    assert isclose(compare_shares(bad, of, bad_before, of_before), wanted, rel_tol=1e-9)


@given(st.integers(1, 80), st.data())
def test_the_binomial_test_is_exact(of: int, data: st.DataObject) -> None:
    bad, share = data.draw(st.integers(0, of)), Fraction(1, 50)
    tail = sum(comb(of, k) * share**k * (1 - share) ** (of - k) for k in range(bad, of + 1))
    wanted = float(tail) if bad > share * of else 1.0
    assert isclose(exceed_share(bad, of, float(share)), wanted, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("bad", "of", "bad_before", "of_before"), [(10**5, 10**5, 0, 10**6), (0, 0, 0, 0), (5, 5, 0, 0)]
)
def test_large_and_empty_samples_have_an_answer(bad: int, of: int, bad_before: int, of_before: int) -> None:
    assert 0.0 <= compare_shares(bad, of, bad_before, of_before) <= 1.0


def test_all_looks_together_spend_no_more_than_there_is() -> None:
    assert sum(spend(FALSE_ALARMS, look) for look in range(1, 100_000)) < FALSE_ALARMS


@pytest.mark.parametrize("share", [0.005, 0.05, 0.3])
def test_a_version_that_is_no_worse_is_hardly_ever_taken_back(share: float) -> None:
    """Two thousand rollouts in which both fail the same share, each looked at forty times."""
    draw, alarms = Random(int(share * 1000)), 0
    for _ in range(2000):
        alarms += any(failing(new, old, look) for look, new, old in looks(draw, share, share))
    assert alarms <= 5, "0.05 % each would be one"


@pytest.mark.parametrize(("share", "before"), [(0.2, 0.0), (0.5, 0.1), (1.0, 0.3)])
def test_a_version_that_is_much_worse_is_found_out(share: float, before: float) -> None:
    draw = Random(7)
    for _ in range(50):
        assert any(failing(new, old, look) for look, new, old in looks(draw, share, before))


def looks(draw: Random, share: float, before: float) -> list[tuple[int, Sample, Sample]]:
    """What is seen look by look while one request of four goes to the new release."""
    seen, counts = [], [0, 0, 0, 0]
    for look in range(1, 41):
        for _ in range(20):
            at, rate = (0, share) if draw.random() < 0.25 else (2, before)
            counts[at] += 1
            counts[at + 1] += draw.random() < rate
        seen.append((look, Sample(counts[0], counts[1], ()), Sample(counts[2], counts[3], ())))
    return seen
