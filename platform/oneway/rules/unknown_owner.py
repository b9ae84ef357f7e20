"""A service's owner, or an owner's backup, is not declared in `platform.yaml`.

Why: an owner is who is called at night. A name that nobody resolves calls nobody.

    # manifests/id.yaml
    owner: bobby          # did you mean bob?

Mend it: correct the name, or add the person to `owners`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Place, Severity
from .facts import Facts
from .nearest import Nearest

ID: Final = "unknown-owner"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Owners of services, then backups of owners."""
    owners = facts.system.platform.owners
    nearest = Nearest(owners)
    if not facts.system.platform_known:
        return
    for name, owner, place in _named(facts):
        if owner not in owners:
            yield Finding(
                ID,
                SEVERITY,
                f"{name} is owned by {owner}, who is not declared",
                place,
                nearest.hint(owner, f"add {owner} to platform.yaml's owners"),
                service=name,
                subject=owner,
            )
    for name, person in owners.items():
        if person.backup is not None and person.backup not in owners:
            yield Finding(
                ID,
                SEVERITY,
                f"{name}'s backup is {person.backup}, who is not declared",
                facts.platform_place("owners", name, "backup"),
                nearest.hint(person.backup, f"add {person.backup} to owners"),
                subject=f"{name} backup",
            )


def _named(facts: Facts) -> Iterator[tuple[str, str, Place]]:
    """Service, owner and where it says so; of manifests with faults too."""
    for name, service in facts.services.items():
        yield name, service.owner, facts.place(name, "owner")
    for each in facts.faulty:
        if each.owner is not None:
            yield each.name, each.owner, Place(each.file, ("owner",))
