"""How findings leave the tool: one serialised form, and one module for each way to write it."""

from collections.abc import Callable
from typing import Final

from . import github, json, junit, sarif, text
from .report import Report, ReportedFinding, Summary, report
from .text import finding_lines

FORMATS: Final[dict[str, Callable[[Report], str]]] = {
    "text": text.write,
    "json": json.write,
    "sarif": sarif.write,
    "junit": junit.write,
    "github": github.write,
}

__all__ = ["FORMATS", "Report", "ReportedFinding", "Summary", "finding_lines", "report"]
