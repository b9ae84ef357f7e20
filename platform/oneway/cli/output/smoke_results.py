"""The results of smoke checks in the formats of `platform smoke`: each takes all of them and gives the whole text."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from html import escape
from typing import Any, Final

from ...probe import CheckResult, SuiteResult, Verdict
from .lines import table

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Results = Sequence[tuple[str, SuiteResult]]
"""The name of each service, and how its checks ended."""


class SmokeFormat(StrEnum):
    """How `platform smoke` shows results."""

    TEXT = "text"
    TABLE = "table"
    JSON = "json"
    JUNIT = "junit"


def as_line(result: CheckResult) -> str:
    """One result in words."""
    tries = f", {result.tries} tries" if result.tries > 1 else ""
    return f"{result.verdict}  {result.name}  ({_took(result)}{tries})"


def as_table(results: Results) -> str:
    """A row for each check, and one more for each further expectation that was not met."""
    rows: list[tuple[str, ...]] = []
    for service, suite in results:
        for each in suite.results:
            found = [(f"{one.where}: {one.expected}", one.actual) for one in each.failures] or [("-", "-")]
            rows.append((service, each.name, each.verdict, _took(each), str(each.tries), *found[0]))
            rows += [("", "", "", "", "", *more) for more in found[1:]]
        if not suite.results:
            rows.append((service, "-", suite.verdict, "-", "0", "smoke checks in its manifest", "none"))
    return "\n".join(table(("SERVICE", "CHECK", "VERDICT", "TOOK", "TRIES", "EXPECTED", "ACTUAL"), rows)) + "\n"


def as_json(results: Results) -> str:
    """One versioned document."""
    return json.dumps({"version": 1, "services": [_plain(*each) for each in results]}) + "\n"


def as_junit(results: Results) -> str:
    """A suite for each service, a case for each check. What fails is a failure, what could not be carried out an
    error."""
    every = [each for _, suite in results for each in suite.results]
    suites = "".join(_suite(*each) for each in results)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="platform smoke" {_counts(every)} time="{_seconds(every)}">\n{suites}</testsuites>\n'
    )


FORMATS: Final[Mapping[SmokeFormat, Callable[[Results], str]]] = {
    SmokeFormat.TABLE: as_table,
    SmokeFormat.JSON: as_json,
    SmokeFormat.JUNIT: as_junit,
}


def _took(result: CheckResult) -> str:
    return f"{result.seconds * 1000:.0f} ms" if result.seconds else "no answer"


def _plain(service: str, suite: SuiteResult) -> dict[str, Any]:
    checks = [
        {
            "name": each.name,
            "verdict": each.verdict,
            "seconds": round(each.seconds, 6),
            "tries": each.tries,
            "failures": [{"where": one.where, "expected": one.expected, "actual": one.actual} for one in each.failures],
        }
        for each in suite.results
    ]
    return {"service": service, "verdict": suite.verdict, "checks": checks}


def _suite(service: str, suite: SuiteResult) -> str:
    cases = "".join(_case(service, each) for each in suite.results)
    head = f'name="{_clean(service)}" {_counts(suite.results)} skipped="0" time="{_seconds(suite.results)}"'
    return f"  <testsuite {head}>\n{cases}  </testsuite>\n"


def _case(service: str, result: CheckResult) -> str:
    head = f'    <testcase classname="{_clean(service)}" name="{_clean(result.name)}" time="{result.seconds:.6f}"'
    if result.verdict is Verdict.PASS:
        return f"{head}/>\n"
    kind = "failure" if result.verdict is Verdict.FAIL else "error"
    first = str(result.failures[0]) if result.failures else str(result.verdict)
    body = "\n".join(map(str, result.failures))
    inner = f'<{kind} type="{result.verdict}" message="{_clean(first)}">{_clean(body)}</{kind}>'
    return f"{head}>\n      {inner}\n    </testcase>\n"


def _counts(results: Sequence[CheckResult]) -> str:
    failed = sum(each.verdict is Verdict.FAIL for each in results)
    undone = sum(each.verdict is Verdict.INCONCLUSIVE for each in results)
    return f'tests="{len(results)}" failures="{failed}" errors="{undone}"'


def _seconds(results: Sequence[CheckResult]) -> str:
    return f"{sum(each.seconds for each in results):.6f}"


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
