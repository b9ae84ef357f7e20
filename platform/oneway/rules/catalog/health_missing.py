"""A service with an HTTP endpoint does not say where it tells its health.

Why: without `ready` a replica gets requests before it can answer them; without `live` one that hangs is never
restarted.

How: the endpoint that `health.endpoint` names, or else the first, has protocol http, and `health.ready` (or `command`
or `metric`) or `health.live` is missing. Endpoints of other protocols are judged by whether they accept a connection.

    health: {ready: /readyz, live: /livez}

Mend it: add the paths.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service that lacks one of the two."""
    for name, service in facts.services.items():
        health = service.health
        endpoint = service.endpoint(health.endpoint)
        ready = health.ready or health.command or health.metric
        missing = [field for field, told in (("ready", ready), ("live", health.live)) if not told]
        if endpoint is not None and endpoint.protocol == "http" and missing:
            yield Breach(
                f"{name} declares no health.{' and no health.'.join(missing)}",
                facts.place(name, "health"),
                "add `health: {ready: /readyz, live: /livez}`",
                service=name,
                subject=name,
            )
