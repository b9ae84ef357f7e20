"""Paths on which one request becomes many."""

from collections.abc import Callable
from itertools import pairwise

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


CHAIN = {
    "a": "calls: [{to: b, retries: 2}]\n",
    "b": "calls: [{to: c, retries: 2}]\n",
    "c": "calls:\n  - to: d\n    retries: 2\n",
    "d": "",
}


def test_prints_the_path_and_the_product_at_the_call_that_is_too_much(system: System, said: Said) -> None:
    (found,) = said("retry-amplification", system(**CHAIN))
    assert str(found.location) == "c.yaml:7:5"
    assert found.message == "one request at a becomes up to 27 at d, more than 10: a -> b -> c -> d"
    assert [each.message for each in found.related][-1] == "c calls d: (1 + 2) × 1 = 3"


def test_the_path_goes_on_to_its_worst_end(system: System, said: Said) -> None:
    files = system(**CHAIN | {"d": "calls: [{to: e, per_request: 0.5}, {to: f, per_request: 4}]\n", "e": "", "f": ""})
    (found,) = said("retry-amplification", files)
    assert found.message == "one request at a becomes up to 108 at f, more than 10: a -> b -> c -> d -> f"


def test_the_budget_is_the_platforms_and_may_be_reached(system: System, said: Said) -> None:
    assert said("retry-amplification", system("budgets: {retry_amplification: 27}\n", **CHAIN)) == []
    assert len(said("retry-amplification", system("budgets: {retry_amplification: 26.9}\n", **CHAIN))) == 1


def test_fewer_calls_than_requests_make_it_less(system: System, said: Said) -> None:
    files = system(**CHAIN | {"b": "calls: [{to: c, retries: 2, per_request: 0.1}]\n"})
    assert said("retry-amplification", files) == []


def test_a_ring_has_its_own_finding(system: System, said: Said) -> None:
    files = system(a="calls: [{to: b, retries: 99}]\n", b="calls: [{to: a, retries: 99}]\n")
    assert said("retry-amplification", files) == []


def test_numbers_beyond_all_reason_are_written_all_the_same(system: System, said: Said) -> None:
    names = [f"s{number}" for number in range(80)]
    files = system(
        **{name: f"calls: [{{to: {then}, retries: 100, per_request: 1000000}}]\n" for name, then in pairwise(names)},
        s79="",
    )
    found = said("retry-amplification", files)
    assert "becomes up to more than 10^15 at s79" in found[0].message
    assert "(68 more)" in found[0].message
