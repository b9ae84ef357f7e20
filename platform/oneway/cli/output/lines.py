"""How values become lines."""

import sys
from collections.abc import Iterable, Sequence

from ...application.extras import install_command
from ...errors import MissingExtra, OnewayError, one_line


def tell(error: OnewayError) -> None:
    """What was found to standard output, what stopped the work and what to do about it to standard error."""
    if error.findings:
        from .formats import finding_lines, report

        for finding in report(error.findings, 0, 0).findings:
            print(*finding_lines(finding), sep="\n")
    print(f"error: {error.message}", file=sys.stderr)
    hint = f"`{install_command(error.extra)}`" if isinstance(error, MissingExtra) else error.hint
    if hint:
        print(f"  hint: {hint}", file=sys.stderr)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines with aligned columns, one line for a row whatever is in it; the last column is as wide as it likes."""
    cells = [list(head), *([one_line(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells]


def environment_line(name: str, target: str) -> str:
    """Which environment is meant, before anything is said of it."""
    return f"environment {name}, on this machine" if target == "local" else f"environment {name}, {target}"


def count(number: int, noun: str) -> str:
    """`1 call`, `2 calls`."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def watched() -> bool:
    """Whether a person is watching the progress on standard error."""
    return sys.stderr.isatty()


def note(text: str) -> None:
    """One line beside the result, on standard error."""
    print(f"note: {text}", file=sys.stderr)
