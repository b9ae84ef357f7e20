"""Two manifests declare the same service, or a service has the name of an external.

Why: a name stands for one thing; `to: maps` must not mean two. Always an error; it cannot be accepted or switched
off.

    # manifests/id.yaml            # manifests/old/id.yaml
    service: id                    service: id

Mend it: rename one, or delete it.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Related, Severity
from .facts import Facts

ID: Final = "duplicate-service"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Second declarations, and services named as externals are."""
    yield from facts.found(ID)
    for name in sorted(facts.services.keys() & facts.system.platform.externals.keys()):
        yield Finding(
            ID,
            SEVERITY,
            f"{name} is a service and an external at once",
            facts.place(name, "service"),
            "rename one of them",
            (Related(f"external {name} is declared here", facts.platform_place("externals", name)),),
            service=name,
            subject=name,
        )
