"""A smoke suite: the checks of a service in order, each judged N of M."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from ..model import Check, Judge
from .answer import Send
from .check import CheckResult, Verdict, run_check
from .outgoing import ReadFile


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """Every check's result. The suite passes only when each check does; one failure makes it fail."""

    results: tuple[CheckResult, ...] = field(default=())

    @property
    def verdict(self) -> Verdict:
        """Fail before inconclusive before pass; a suite without checks is inconclusive, for it shows nothing."""
        verdicts = {each.verdict for each in self.results}
        for verdict in (Verdict.FAIL, Verdict.INCONCLUSIVE):
            if verdict in verdicts:
                return verdict
        return Verdict.PASS if verdicts else Verdict.INCONCLUSIVE

    def told_through(self, redact: Callable[[str], str]) -> "SuiteResult":
        """The same, with all that came in answers as `redact` lets it be seen."""
        return SuiteResult(tuple(each.told_through(redact) for each in self.results))

    @property
    def failed(self) -> tuple[CheckResult, ...]:
        """The checks that did not pass."""
        return tuple(each for each in self.results if each.verdict is not Verdict.PASS)


def run_suite(
    checks: Sequence[Check],
    sender: Callable[[str | None], Send],
    read_file: ReadFile,
    judge: Judge,
    sleep: Callable[[float], None],
    tell: Callable[[CheckResult], None] = lambda result: None,
) -> SuiteResult:
    """Run the checks in order; `sender` gives the way to an endpoint by name (None: the first).

    A check passes after `judge.passes` good answers in a row, within `judge.of` tries, `judge.every` apart.
    Captured values go to the checks after it.
    """
    known: dict[str, str] = {}
    results: list[CheckResult] = []
    for check in checks:
        result = _judged(check, sender(check.request.endpoint), read_file, known, judge, sleep)
        known.update(result.captured)
        results.append(result)
        tell(result)
    return SuiteResult(tuple(results))


def _judged(
    check: Check,
    send: Send,
    read_file: ReadFile,
    known: dict[str, str],
    judge: Judge,
    sleep: Callable[[float], None],
) -> CheckResult:
    good = 0
    for attempt in range(1, judge.of + 1):
        result = replace(run_check(check, send, read_file, known), tries=attempt)
        good = good + 1 if result.verdict is Verdict.PASS else 0
        if good == min(judge.passes, judge.of) or result.verdict is Verdict.INCONCLUSIVE:
            return result
        if judge.of - attempt < judge.passes - good:
            break
        sleep(judge.every)
    return result
