"""The serialised form of findings, which every format is made from."""

from collections.abc import Iterable

from msgspec import Struct

from ....errors import Finding, Location, Place, Severity
from ....rules import fingerprints


class Position(Struct, frozen=True):
    """One more place that explains a finding."""

    message: str
    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"


class ReportedFinding(Struct, frozen=True):
    """One finding, located. `fingerprint` knows it again when lines move."""

    rule: str
    severity: str
    message: str
    file: str
    line: int
    column: int
    hint: str
    related: tuple[Position, ...]
    fingerprint: str

    @property
    def where(self) -> str:
        """`file:line:column`, as editors and terminals open it."""
        return f"{self.file}:{self.line}:{self.column}"

    @property
    def explanation(self) -> list[str]:
        """Every other place that explains it, a line each, and the hint."""
        return [*map(str, self.related), *([f"hint: {self.hint}"] if self.hint else [])]


class Summary(Struct, frozen=True):
    """Counts of findings, and of what was looked at."""

    error: int
    warning: int
    services: int
    calls: int


class Report(Struct, frozen=True):
    """Everything that one check found."""

    findings: tuple[ReportedFinding, ...]
    summary: Summary


def report(findings: Iterable[Finding], services: int, calls: int, errors_only: bool = False) -> Report:
    """Located findings, in their order, with the counts of all; with `errors_only` the others are only counted."""
    found = list(findings)
    marks = fingerprints(found)
    reported = tuple(_reported(each, mark) for each, mark in zip(found, marks, strict=True))
    severities = [each.severity for each in found]
    summary = Summary(severities.count(Severity.ERROR), severities.count(Severity.WARNING), services, calls)
    return Report(tuple(each for each in reported if not errors_only or each.severity == Severity.ERROR), summary)


def _reported(finding: Finding, mark: str) -> ReportedFinding:
    where = _location(finding.location)
    related = tuple(_position(each.message, _location(each.location)) for each in finding.related)
    return ReportedFinding(
        finding.rule,
        finding.severity.value,
        finding.message,
        where.file,
        where.line,
        where.column,
        finding.hint,
        related,
        mark,
    )


def _position(message: str, where: Location) -> Position:
    return Position(message, where.file, where.line, where.column)


def _location(where: Location | Place) -> Location:
    return where if isinstance(where, Location) else Location(where.file)
