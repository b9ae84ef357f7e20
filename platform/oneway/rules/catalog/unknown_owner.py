"""A service's owner, or an owner's backup, is not declared in `platform.yaml`.

Why: an owner is who is called at night. A name that nobody resolves calls nobody.

    # manifests/id.yaml
    owner: bobby          # did you mean bob?

Mend it: correct the name, or add the person to `owners`.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..nearest import Nearest
from ..references import Kind
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Owners of services, then backups of owners."""
    nearest = Nearest(facts.system.platform.owners)
    for each in facts.undeclared[Kind.OWNER]:
        hint = nearest.hint(each.name, f"add {each.name} to platform.yaml's owners")
        if each.service:
            message, subject = f"{each.service} is owned by {each.name}, who is not declared", each.name
        else:
            message, subject = f"{each.path[1]}'s backup is {each.name}, who is not declared", f"{each.path[1]} backup"
        yield Breach(message, each.place, hint, service=each.service, subject=subject)
