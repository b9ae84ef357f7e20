"""The target of the chosen environment cannot run a service as it is declared.

Why: found at a deploy it is found by whoever is in a hurry, and on a cluster only when the pod crashes.

How: with `--env`, for that environment's target. On this machine: endpoints of tcp or udp but for backing services, and
what the machine lacks for the build, such as the program of its `runtime`, its lock file, or docker or podman for an
image. On Kubernetes: a build that names no image; a public endpoint of tcp or udp, which neither an Ingress nor an
HTTPRoute carries; images that are known to keep data and have no `volumes`, as roots are read-only and go with their
pods; routes of the Gateway API without a gateway. Everywhere: a runtime without `build.start`, and a required call to a
service that the environment leaves out. `platform deploy` and `--dry-run` refuse the services that they are asked for,
and leave others alone.

    build: {image: "postgres:17"}          # platform check --env local, or --env prod

Mend it: follow the hint; let something simple stand in for it with `environments.<name>.build`, or leave it out with
`environments.<name>.deploy: false`; or accept it below `environments.<name>.accept` where the service does not run.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model.fitness import misfits
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """What the environment lacks, then what does not fit of each service."""
    environment, settings = facts.system.environment, facts.system.settings
    if environment is None:
        return
    if settings.target == "kubernetes" and settings.routes == "gateway" and settings.gateway is None:
        message = f"environment {environment} wants routes of the Gateway API, but names no gateway"
        place = facts.platform_place("environments", environment, "routes")
        yield Breach(message, place, "add `gateway: namespace/name`, or say `routes: ingress`", subject=environment)
    for name, service in facts.services.items():
        lacks = facts.lacks(service) if service.deploy and settings.target == "local" else ()
        for each in (*misfits(facts.system, service), *lacks):
            place = facts.place(name, *each.path)
            yield Breach(
                f"{name} {each.message}", place, each.hint, service=name, subject=".".join(map(str, each.path))
            )
