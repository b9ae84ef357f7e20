"""When a check counts as failing and as recovered."""

from oneway.model import Monitoring
from oneway.monitor import Change, Health, Standing, observe
from oneway.probe import CheckResult, Failure, Verdict

SETTINGS = Monitoring(fail_after=2, recover_after=3)


def result(verdict: Verdict) -> CheckResult:
    failures = () if verdict is Verdict.PASS else (Failure("status", "200", "500"),)
    return CheckResult("c", verdict, 0.1, failures)


def history(verdicts: str, settings: Monitoring = SETTINGS) -> tuple[Standing, list[tuple[float, Health]]]:
    """Feed p, f and i, one per second; the changes as (second, new health)."""
    kinds = {"p": Verdict.PASS, "f": Verdict.FAIL, "i": Verdict.INCONCLUSIVE}
    standing, changes = Standing("s", "c"), []
    for second, each in enumerate(verdicts, 1):
        standing, change = observe(standing, result(kinds[each]), float(second), settings)
        changes += [(change.time, change.after)] if change else []
    return standing, changes


def test_the_first_pass_counts_at_once() -> None:
    assert history("p") == (
        Standing("s", "c", Health.GOOD, 1.0, Health.GOOD, 1, result(Verdict.PASS)),
        [(1.0, Health.GOOD)],
    )


def test_one_failure_is_not_yet_a_change() -> None:
    assert history("pfpfp")[1] == [(1.0, Health.GOOD)]


def test_fails_after_two_in_a_row_and_recovers_after_three() -> None:
    assert history("pffpppp")[1] == [(1.0, Health.GOOD), (3.0, Health.BAD), (6.0, Health.GOOD)]


def test_inconclusive_is_never_a_pass() -> None:
    assert history("pii")[1] == [(1.0, Health.GOOD), (3.0, Health.UNKNOWN)]
    assert history("pffpip")[1][-1] == (3.0, Health.BAD)


def test_a_check_that_never_passed_becomes_bad() -> None:
    assert history("ff")[1] == [(2.0, Health.BAD)]
    assert history("fp")[1] == []


def test_since_is_the_time_of_the_change() -> None:
    assert history("ppffff")[0].since == 4.0


def test_the_change_says_what_the_last_result_said() -> None:
    standing, _ = history("pf")
    assert observe(standing, result(Verdict.FAIL), 9.0, SETTINGS)[1] == Change(
        "s", "c", Health.GOOD, Health.BAD, 9.0, "status: expected 200, got 500"
    )
