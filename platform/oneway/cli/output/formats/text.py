"""For people: `file:line:column: severity: message (rule)`, the related places, the hint, and one last line.

Many findings stand below their rules, and the ten that matter most stand last, where a terminal ends.
"""

from itertools import groupby, zip_longest
from typing import Final

from ....rules import RULES
from ..lines import count
from .report import Report, ReportedFinding

_MANY: Final = 40
_MATTER: Final = 10


def write(report: Report) -> str:
    """Every finding, then the counts."""
    many = len(report.findings) > _MANY
    lines = _grouped(report) if many else [line for each in report.findings for line in finding_lines(each)]
    return "\n".join([*lines, _last(report)]) + "\n"


def finding_lines(finding: ReportedFinding) -> list[str]:
    """One finding."""
    return [_head(finding), *(f"  {each}" for each in finding.explanation)]


def _head(finding: ReportedFinding) -> str:
    return f"{finding.where}: {finding.severity}: {finding.message} ({finding.rule})"


def _grouped(report: Report) -> list[str]:
    lines: list[str] = []
    groups = _by_rule(report)
    for group in groups:
        lines.append(f"== {group[0].rule}: {len(group)}")
        lines += [line for each in group for line in finding_lines(each)]
    lines.append(f"== the {_MATTER} that matter most; `platform explain RULE` says how to mend each kind")
    return [*lines, *map(_head, _that_matter(groups))]


def _by_rule(report: Report) -> list[list[ReportedFinding]]:
    """Rules with errors first, each kind in the order of the registry."""
    order = {rule: at for at, rule in enumerate(RULES)}
    errors = {each.rule for each in report.findings if each.severity == "error"}

    def place(each: ReportedFinding) -> tuple[bool, int]:
        return each.rule not in errors, order[each.rule]

    return [list(group) for _, group in groupby(sorted(report.findings, key=place), key=place)]


def _that_matter(groups: list[list[ReportedFinding]]) -> list[ReportedFinding]:
    """Errors before warnings, and one of each rule before the second of any."""
    turns = [each for turn in zip_longest(*groups) for each in turn if each is not None]
    return sorted(turns, key=lambda each: each.severity != "error")[:_MATTER]


def _last(report: Report) -> str:
    counts = report.summary
    looked = f"{count(counts.services, 'service')}, {count(counts.calls, 'call')}"
    if not counts.error and not counts.warning:
        return f"{looked}: nothing found"
    return f"{looked}: {count(counts.error, 'error')}, {count(counts.warning, 'warning')}"
