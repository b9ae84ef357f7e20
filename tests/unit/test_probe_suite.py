"""Suites: N of M, captured values from check to check, and three verdicts."""

from oneway.model import Check, Duration, Expect, Judge, Request
from oneway.probe import Answer, Outgoing, Send, SuiteResult, Verdict, run_suite


class Script:
    """Answers with the statuses given, one after the other; the last one for ever."""

    def __init__(self, *statuses: int) -> None:
        self.statuses = list(statuses)
        self.sent = 0

    def __call__(self, outgoing: Outgoing) -> Answer:
        self.sent += 1
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return Answer(status, {}, b'{"id": "9"}', 0.01)


def run(script: Send, judge: Judge, *checks: Check) -> tuple[SuiteResult, list[float]]:
    slept: list[float] = []
    suite = checks or (Check(name="answers", request=Request(path="/")),)
    return run_suite(suite, lambda endpoint: script, lambda name: b"", judge, slept.append), slept


def test_one_good_answer_is_enough_by_default() -> None:
    result, slept = run(Script(503, 503, 200), Judge())
    assert result.verdict is Verdict.PASS
    assert result.results[0].tries == 3
    assert slept == [1.0, 1.0]


def test_good_answers_must_come_in_a_row() -> None:
    script = Script(200, 500, 200, 200)
    assert run(script, Judge(passes=2, of=4, every=Duration(0.1)))[0].verdict is Verdict.PASS
    assert run(Script(200, 500, 200, 500), Judge(passes=2, of=4))[0].verdict is Verdict.FAIL


def test_stops_as_soon_as_it_cannot_pass_any_more() -> None:
    script = Script(200, 500)
    assert run(script, Judge(passes=3, of=3))[0].verdict is Verdict.FAIL
    assert script.sent == 2


def test_a_suite_without_checks_shows_nothing() -> None:
    assert run_suite((), lambda endpoint: Script(200), lambda name: b"", Judge(), lambda s: None).verdict is (
        Verdict.INCONCLUSIVE
    )


def test_fail_weighs_more_than_inconclusive() -> None:
    broken = Check(name="broken", request=Request(path="/${never}"))
    failing = Check(name="failing", request=Request(path="/"), expect=Expect(status=201))
    result, _ = run(Script(200), Judge(), broken, failing)
    assert [each.verdict for each in result.results] == [Verdict.INCONCLUSIVE, Verdict.FAIL]
    assert result.verdict is Verdict.FAIL
    assert result.failed == result.results


def test_later_checks_use_what_earlier_ones_captured() -> None:
    first = Check(name="first", request=Request(path="/"), capture={"made": "id"})
    second = Check(name="second", request=Request(path="/${made}"))
    assert run(Script(200), Judge(), first, second)[0].verdict is Verdict.PASS
