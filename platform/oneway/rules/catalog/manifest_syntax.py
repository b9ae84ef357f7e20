"""A file below `manifests/` is not one YAML 1.2 document, or must not be read.

Why: a manifest that cannot be read is a service nobody knows of.

Found: YAML faults, tabs, byte-order marks, text that is not UTF-8, control and direction-changing characters, files
over a megabyte, explicit tags, an alias inside what it names, alias bombs, several documents in one file, links that
lead out of the repository, files without permission. Always an error; it cannot be accepted or switched off.

    service: id
      version: 1.0.0        # indented although nothing is opened above it

Mend it: go to the line and column named. Write plain YAML 1.2: spaces, no tags, one document per file.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Nothing: faults are found while the files are read."""
    return iter(())
