"""Two services declare one port, and the chosen environment runs both on one machine.

Why: the second to come gets another port than it declares, and whoever has its address written down asks the first.

How: with `--env` for a local target: the ports of all endpoints are compared. On a cluster every service has an address
of its own, so that all of them may declare 8080.

    # manifests/id.yaml                        # manifests/caption.yaml
    endpoints: [{name: http, port: 8080}]      endpoints: [{name: http, port: 8080}]

Mend it: give one of them another port, here or below `environments.local`.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each endpoint whose port an earlier service declares already."""
    if facts.system.environment is None or facts.system.settings.target != "local":
        return
    first: dict[tuple[int, bool], tuple[str, int]] = {}
    for name, service in facts.services.items():
        for index, endpoint in enumerate(service.endpoints):
            owner, at = first.setdefault((endpoint.port, endpoint.protocol == "udp"), (name, index))
            if owner != name:
                yield Breach(
                    f"{name} declares port {endpoint.port}, which {owner} declares as well: "
                    "one of them gets another on this machine",
                    facts.place(name, "endpoints", index, "port"),
                    f"give one of them another port, here or below environments.{facts.system.environment}",
                    (Related(f"{owner} declares it here", facts.place(owner, "endpoints", at, "port")),),
                    service=name,
                    subject=f"{name} {endpoint.name}",
                )
