"""Nothing says whether a service works.

Why: a new version takes traffic only after its smoke checks pass. Without checks the gate can only see that something
listens.

How: a service with an HTTP endpoint has no `smoke`, or a check sends a file that is not in the repository.

    smoke:
      - name: answers with an id
        request: {method: POST, path: /v1/ids}
        expect: {status: 200, body: {"ids[0]": {matches: "^[0-9]+$"}}}

Mend it: write one check that would fail if the service did not do what it is for.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Service, Smoke
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """Services without checks, then checks without their file."""
    for name, service in facts.services.items():
        if (
            not service.checks
            and not _is_generated(service)
            and any(endpoint.protocol == "http" for endpoint in service.endpoints)
        ):
            yield Breach(
                f"{name} has no smoke check",
                facts.place(name, "service"),
                "add `smoke:` with one request that fails when the service does not do what it is for",
                service=name,
                subject=name,
            )
        for index, each in enumerate(service.checks):
            file = each.request.file
            if file is not None and not facts.exists(file):
                yield Breach(
                    f"check {each.name!r} sends {file}, which is not there",
                    facts.place(name, *service.check_place(index), "request", "file"),
                    "correct the path, which is relative to the root of the repository, or add the file",
                    service=name,
                    subject=file,
                )


def _is_generated(service: Service) -> bool:
    """Whether checks are made from what its endpoints describe."""
    described = any(endpoint.openapi is not None for endpoint in service.endpoints)
    return isinstance(service.smoke, Smoke) and service.smoke.openapi and described
