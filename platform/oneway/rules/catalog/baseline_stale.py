"""A line of the `--baseline` file matches no finding any more.

Why: a baseline is how a grown system adopts the rules: what it has today is listed and forgiven, what is new is not.
It only shrinks: a mended finding leaves the list for good. Always an error; it cannot be accepted or switched off.

    platform check --baseline baseline.txt --write-baseline     # once, to make it; later, to drop stale lines

Mend it: delete the line, or let `--write-baseline` do it; that never adds a line to a file that exists.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Nothing: what is stale shows only beside the findings that are left; see `baseline`."""
    return iter(())
