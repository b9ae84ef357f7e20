"""Two manifests declare the same service, or a service has the name of an external.

Why: a name stands for one thing; `to: maps` must not mean two. Always an error; it cannot be accepted or switched
off.

    # manifests/id.yaml            # manifests/old/id.yaml
    service: id                    service: id

Mend it: rename one, or delete it.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Services named as externals are; second declarations are found while the manifests are read."""
    for name in sorted(facts.services.keys() & facts.system.platform.externals.keys()):
        yield Breach(
            f"{name} is a service and an external at once",
            facts.place(name, "service"),
            "rename one of them",
            (Related(f"external {name} is declared here", facts.platform_place("externals", name)),),
            service=name,
            subject=name,
        )
