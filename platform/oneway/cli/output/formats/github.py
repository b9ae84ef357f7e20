"""For GitHub: workflow commands, which appear beside the line in a pull request."""

from .report import Report, ReportedFinding


def write(report: Report) -> str:
    """One command for each finding, and a notice with the counts."""
    counts = report.summary
    last = f"::notice title=platform check::{counts.services} services, {counts.calls} calls: "
    return "".join([*map(_command, report.findings), f"{last}{counts.error} errors, {counts.warning} warnings\n"])


def _command(finding: ReportedFinding) -> str:
    message = "\n".join([finding.message, *finding.explanation])
    where = f"file={_property(finding.file)},line={finding.line},col={finding.column}"
    return f"::{finding.severity} {where},title={_property(finding.rule)}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
