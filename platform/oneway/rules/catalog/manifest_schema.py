"""A manifest has an unknown, missing or malformed field.

Why: a misspelt field is silently ignored by most tools, and `timout: 200ms` then waits for ever.

Every fault of every manifest is reported at once, each at its place, with the nearest known name as a hint.
Endpoints, ports and calls that one manifest declares twice are faults as well. Overrides below `environments` are
checked for every environment, not only for the chosen one. Always an error; it cannot be accepted or switched off.

    calls:
      - {to: id, timout: 200ms}      # unknown field 'timout': did you mean 'timeout'?

Mend it: follow the hint. Editors find the same faults while typing: `platform schema` writes the JSON Schema.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Nothing: faults are found while the manifests are read."""
    return iter(())
