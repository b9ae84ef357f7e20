"""For people: `file:line:column: severity: message (rule)`, the related places, the hint, and one last line."""

from .report import Report, Said


def write(report: Report) -> str:
    """Every finding, then the counts."""
    return "\n".join([line for each in report.findings for line in _lines(each)] + [_last(report)]) + "\n"


def _lines(said: Said) -> list[str]:
    lines = [f"{said.file}:{said.line}:{said.column}: {said.severity}: {said.message} ({said.rule})"]
    lines += [f"  {each.file}:{each.line}:{each.column}: {each.message}" for each in said.related]
    return lines + [f"  hint: {said.hint}"] * bool(said.hint)


def _last(report: Report) -> str:
    counts = report.summary
    looked = f"{_many(counts.services, 'service')}, {_many(counts.calls, 'call')}"
    if not report.findings:
        return f"{looked}: nothing found"
    return f"{looked}: {_many(counts.error, 'error')}, {_many(counts.warning, 'warning')}"


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
