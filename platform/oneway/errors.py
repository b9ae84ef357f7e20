"""What Oneway has to say: places, findings, and the exceptions that stop work."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a finding is; `OFF` silences a rule."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A position in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a manifest, by its path from the top, before anybody looked up its line.

    `Place("manifests/a.yaml", ("calls", 0, "to"))` is the `to` of the first call. `manifest.locate`
    turns places into locations by reading again only the files that findings point at.
    """

    file: str
    path: tuple[str | int, ...] = ()


@dataclass(frozen=True, slots=True)
class Related:
    """One more place that explains a finding."""

    message: str
    location: Location | Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a rule has to say: which rule, how bad, what, where, and what to do.

    `service` is whose manifest may accept it. `subject` names what it is about in words that stay the same when
    lines move and numbers change (`a > b` for a call); baselines and SARIF know a finding again by it.
    """

    rule: str
    severity: Severity
    message: str
    location: Location | Place
    hint: str = ""
    related: tuple[Related, ...] = ()
    service: str = ""
    subject: str = ""


class OnewayError(Exception):
    """Work cannot go on: what happened, and what to do about it.

    `findings` holds what was found in the manifests, when that is the reason.
    """

    def __init__(self, message: str, hint: str = "", findings: Iterable[Finding] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.findings = tuple(findings)


class UsageError(OnewayError):
    """The command was asked for something that does not exist or makes no sense (exit status 2)."""


class MissingExtra(OnewayError):
    """Packages that only some commands need are not installed; the distribution's `extra` of that name brings them."""

    def __init__(self, message: str, extra: str) -> None:
        super().__init__(message)
        self.extra = extra


def one_line(text: str) -> str:
    """The text as one line for a table or a record: breaks, escapes and whatever else cannot be printed are spaces."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())
