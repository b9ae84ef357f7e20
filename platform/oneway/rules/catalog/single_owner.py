"""Much depends on one person.

Why: owners sleep, travel and leave. When what many depend on has one owner without a `backup`, or one person keeps
more services than anybody can, the next outage waits for that person.

How: a service that more services than `budgets.fan_in` (10) require, directly or through others, whose owner declares
no `backup`; and an owner with more services than `budgets.services_per_owner` (30).

    owners:
      bob: {name: Bob}            # no backup, and 11 services require id, which is Bob's

Mend it: name a backup in `owners`, or hand services over.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """Services at their `owner`, then owners in platform.yaml."""
    platform = facts.system.platform
    alone = {name for name, owner in platform.owners.items() if owner.backup is None}
    for name, service in facts.services.items():
        if service.owner in alone:
            dependents = facts.graph.required_callers.count(name)
            if dependents > platform.budgets.fan_in:
                yield Breach(
                    f"{dependents} services require {name}, and its owner {service.owner} has no backup",
                    facts.place(name, "owner"),
                    f"add `backup:` to {service.owner} in platform.yaml's owners",
                    service=name,
                    subject=name,
                )
    for owner, count in sorted(Counter(service.owner for service in facts.services.values()).items()):
        if owner in platform.owners and count > platform.budgets.services_per_owner:
            yield Breach(
                f"{owner} owns {count} services, more than {platform.budgets.services_per_owner}",
                facts.platform_place("owners", owner),
                "hand some over, or raise budgets.services_per_owner",
                subject=owner,
            )
