"""A service's owner, or an owner's backup, is not declared in `platform.yaml`.

Why: an owner is who is called at night. A name that nobody resolves calls nobody.

    # manifests/id.yaml
    owner: bobby          # did you mean bob?

Mend it: correct the name, or add the person to `owners`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Severity
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
    for name, service in facts.services.items():
        if service.owner not in owners:
            yield Finding(
                ID,
                SEVERITY,
                f"{name} is owned by {service.owner}, who is not declared",
                facts.place(name, "owner"),
                nearest.hint(service.owner, f"add {service.owner} to platform.yaml's owners"),
                service=name,
                subject=service.owner,
            )
    for name, owner in owners.items():
        if owner.backup is not None and owner.backup not in owners:
            yield Finding(
                ID,
                SEVERITY,
                f"{name}'s backup is {owner.backup}, who is not declared",
                facts.platform_place("owners", name, "backup"),
                nearest.hint(owner.backup, f"add {owner.backup} to owners"),
                subject=f"{name} backup",
            )
