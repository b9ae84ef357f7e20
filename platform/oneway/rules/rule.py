"""What a rule is: a module with an id, a severity, a docstring that is published, and a check."""

from collections.abc import Iterator
from typing import Protocol

from ..errors import Finding, Severity
from .facts import Facts


class Rule(Protocol):
    """The shape of every module in this package that the registry names."""

    @property
    def ID(self) -> str: ...

    @property
    def SEVERITY(self) -> Severity: ...

    def check(self, facts: Facts, /) -> Iterator[Finding]:
        """Everything this rule has to say, in any order."""
        ...
