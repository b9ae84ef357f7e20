"""How values become lines."""

import sys
from collections.abc import Iterable, Sequence

from ...errors import Finding, Location, OnewayError, Place


def finding_lines(finding: Finding) -> list[str]:
    """`file:line:column: severity: message (rule)`, the related places, and the hint."""
    lines = [f"{where(finding.location)}: {finding.severity}: {finding.message} ({finding.rule})"]
    lines += [f"  {where(each.location)}: {each.message}" for each in finding.related]
    if finding.hint:
        lines.append(f"  hint: {finding.hint}")
    return lines


def tell(error: OnewayError) -> None:
    """What was found to standard output, what stopped the work and what to do about it to standard error."""
    for finding in error.findings:
        print(*finding_lines(finding), sep="\n")
    print(f"error: {error.message}", file=sys.stderr)
    if error.hint:
        print(f"  hint: {error.hint}", file=sys.stderr)


def where(location: Location | Place) -> str:
    """A location as `file:line:column`; a place that nobody located as its file."""
    return str(location) if isinstance(location, Location) else location.file


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with aligned columns; the last column is as wide as it likes."""
    cells = [list(head), *(list(row) for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def watched() -> bool:
    """Whether a person is watching the progress on standard error."""
    return sys.stderr.isatty()


def note(text: str) -> None:
    """One line beside the result, on standard error."""
    print(f"note: {text}", file=sys.stderr)
