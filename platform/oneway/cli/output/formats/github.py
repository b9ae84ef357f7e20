"""For GitHub: workflow commands, which appear beside the line in a pull request."""

from .report import Report, Said


def write(report: Report) -> str:
    """One command for each finding, and a notice with the counts."""
    counts = report.summary
    last = f"::notice title=platform check::{counts.services} services, {counts.calls} calls: "
    return "".join([*map(_command, report.findings), f"{last}{counts.error} errors, {counts.warning} warnings\n"])


def _command(said: Said) -> str:
    lines = [said.message, *(f"{each.file}:{each.line}:{each.column}: {each.message}" for each in said.related)]
    message = "\n".join(lines + [f"hint: {said.hint}"] * bool(said.hint))
    properties = f"file={_property(said.file)},line={said.line},col={said.column},title={_property(said.rule)}"
    return f"::{said.severity} {properties}::{_data(message)}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
