"""For CI servers that show test results: one suite, one test case for each rule and file with findings.

Errors are failures; warnings stand in `system-out` of a case that passes, as JUnit knows no warning.
"""

import re
from html import escape
from typing import Final

from .report import Report, ReportedFinding

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


def _case(finding: ReportedFinding) -> str:
    body = _clean("\n".join([f"{finding.where}: {finding.message}", *finding.explanation]))
    inner = (
        f'<failure type="{finding.rule}" message="{_clean(finding.message)}">{body}</failure>'
        if finding.severity == "error"
        else f"<system-out>{body}</system-out>"
    )
    name, file = _clean(f"{finding.rule} {finding.where}"), _clean(finding.file)
    return (
        f'    <testcase classname="platform.check.{finding.rule}" name="{name}" file="{file}">\n'
        f"      {inner}\n    </testcase>\n"
    )


def _clean(text: str) -> str:
    return escape(_FORBIDDEN.sub("\ufffd", text))
