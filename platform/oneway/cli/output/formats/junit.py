"""For CI servers that show test results: one suite, one test case for each rule and file with findings.

Errors are failures; warnings stand in `system-out` of a case that passes, as JUnit knows no warning.
"""

import re
from html import escape
from typing import Final

from .report import Report, Said

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(report: Report) -> str:
    """One XML document."""
    counts = report.summary
    cases = "".join(map(_case, report.findings)) or '    <testcase classname="platform.check" name="manifests"/>\n'
    tests = max(1, len(report.findings))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuites name="platform check" tests="{tests}" failures="{counts.error}" errors="0">\n'
        f'  <testsuite name="platform check" tests="{tests}" failures="{counts.error}" errors="0" skipped="0">\n'
        f"{cases}  </testsuite>\n</testsuites>\n"
    )


def _case(said: Said) -> str:
    where = f"{said.file}:{said.line}:{said.column}"
    related = [f"{each.file}:{each.line}:{each.column}: {each.message}" for each in said.related]
    hint = [f"hint: {said.hint}"] * bool(said.hint)
    body = _clean("\n".join([f"{where}: {said.message}", *related, *hint]))
    inner = (
        f'<failure type="{said.rule}" message="{_clean(said.message)}">{body}</failure>'
        if said.severity == "error"
        else f"<system-out>{body}</system-out>"
    )
    name, file = _clean(f"{said.rule} {where}"), _clean(said.file)
    return (
        f'    <testcase classname="platform.check.{said.rule}" name="{name}" file="{file}">\n'
        f"      {inner}\n    </testcase>\n"
    )


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
