"""For people: `file:line:column: severity: message (rule)`, the related places, the hint, and one last line."""

from .report import Report, ReportedFinding


def write(report: Report) -> str:
    """Every finding, then the counts."""
    return "\n".join([line for each in report.findings for line in finding_lines(each)] + [_last(report)]) + "\n"


def finding_lines(finding: ReportedFinding) -> list[str]:
    """One finding."""
    head = f"{finding.where}: {finding.severity}: {finding.message} ({finding.rule})"
    return [head, *(f"  {each}" for each in finding.explanation)]


def _last(report: Report) -> str:
    counts = report.summary
    looked = f"{_many(counts.services, 'service')}, {_many(counts.calls, 'call')}"
    if not report.findings:
        return f"{looked}: nothing found"
    return f"{looked}: {_many(counts.error, 'error')}, {_many(counts.warning, 'warning')}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
