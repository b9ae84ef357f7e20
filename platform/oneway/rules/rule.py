"""What a rule is: a module with a severity, a docstring that is published, and a check; and what the check says."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from ..errors import Finding, Location, Place, Related, Severity
from .facts import Facts


@dataclass(frozen=True, slots=True)
class Breach:
    """One place where a rule does not hold: what, where, and what to do. It does not say which rule: the audit does.

    `service`, `subject` as in a Finding. `severity` is the rule's own where there is none.
    """

    message: str
    location: Location | Place
    hint: str = ""
    related: tuple[Related, ...] = ()
    service: str = ""
    subject: str = ""
    severity: Severity | None = None

    def finding(self, rule: str, severity: Severity) -> Finding:
        """The finding of a rule that has this severity."""
        return Finding(
            rule,
            self.severity or severity,
            self.message,
            self.location,
            self.hint,
            self.related,
            self.service,
            self.subject,
        )


class Rule(Protocol):
    """The shape of every module in `catalog`."""

    @property
    def SEVERITY(self) -> Severity: ...

    def check(self, facts: Facts, /) -> Iterator[Breach]:
        """Everything this rule has to say, in any order."""
        ...
