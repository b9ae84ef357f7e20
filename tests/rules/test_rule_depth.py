"""Long chains of calls."""

from collections.abc import Callable

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


def chain(length: int) -> dict[str, str]:
    return {f"s{at}": f"calls:\n  - to: s{at + 1}\n" for at in range(length)} | {f"s{length}": ""}


def test_at_the_call_that_makes_it_too_long(system: System, said: Said) -> None:
    (found,) = said("depth", system(**chain(8)))
    assert (str(found.location), found.severity) == ("s6.yaml:7:5", "warning")
    assert found.message == "a chain of 8 calls, more than 6: s0 -> s1 -> s2 -> s3 -> s4 -> s5 -> s6 -> s7 -> s8"


def test_up_to_the_budget_is_fine(system: System, places: Places) -> None:
    assert places("depth", system(**chain(6))) == []
    assert places("depth", system("budgets: {depth: 8}\n", **chain(8))) == []


def test_the_longest_of_several_ways_counts(system: System, said: Said) -> None:
    files = system(
        "budgets: {depth: 2}\n", a="calls: [{to: d}, {to: b}]\n", b="calls: [{to: c}]\n", c="calls: [{to: d}]\n", d=""
    )
    assert [each.message for each in said("depth", files)] == ["a chain of 3 calls, more than 2: a -> b -> c -> d"]
