"""A call names an external that `platform.yaml` does not declare.

Why: what is called but not deployed here has no manifest; its declaration is all that the picture and the network
policies know of it. A `to` that names nothing is reported under this rule when its nearest declared name is an
external, and under unknown-service otherwise.

    # platform.yaml
    externals: {maps: {kind: api, host: maps.example.com}}
    # manifests/search.yaml
    calls:
      - {to: mapps}        # did you mean maps?

Mend it: correct the name, or add it to `externals`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Severity
from .facts import Facts
from .nearest import Nearest
from .unknown_service import looks_external, unknown_calls

ID: Final = "unknown-external"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each call to an unknown name that looks like an external's."""
    nearest = Nearest(facts.system.platform.externals)
    for name, called, place in unknown_calls(facts):
        if looks_external(facts, called):
            yield Finding(
                ID,
                SEVERITY,
                f"{name} calls the external {called}, which is not declared",
                place,
                nearest.hint(called, f"declare {called} in platform.yaml's externals"),
                service=name,
                subject=f"{name} > {called}",
            )
