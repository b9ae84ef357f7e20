"""An HTTP endpoint does not say what it answers.

Why: callers, clients and checks are made from the description; without it they are made from guesses.

How: an endpoint of protocol http has no `openapi`, or names a file that is not in the repository.

    endpoints:
      - {name: http, port: 8080, openapi: services/id/openapi.json}

Mend it: write the description (FastAPI prints it) and name it.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each HTTP endpoint without a description."""
    for name, service in facts.services.items():
        for index, endpoint in enumerate(service.endpoints):
            if endpoint.protocol != "http" or (endpoint.openapi is not None and facts.exists(endpoint.openapi)):
                continue
            if endpoint.openapi is None:
                path: tuple[str | int, ...] = ("endpoints", index)
                message, hint = (
                    f"endpoint {endpoint.name} of {name} has no openapi",
                    "add `openapi: path/to/openapi.json`",
                )
            else:
                path = ("endpoints", index, "openapi")
                message = f"{endpoint.openapi} of endpoint {endpoint.name} of {name} is not there"
                hint = "correct the path, which is relative to the root of the repository, or add the file"
            yield Breach(message, facts.place(name, *path), hint, service=name, subject=f"{name} {endpoint.name}")
