"""A service is started on a port that none of its endpoints declares.

Why: requests go to the declared port; a process that listens at another never becomes ready, and what is seen is a
health check that times out.

How: `build.start` has `--port N`, `--port=N` or `-p N`, the service has endpoints, and no such argument names the port
of one. Ports inside a shell's command line are not looked at.

    build: {start: [python, -m, servicekit, "id_service.app:app", --port, "8080"]}
    endpoints: [{name: http, port: 8082}]

Mend it: make the two the same.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ...errors import Related, Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.WARNING

_OPTIONS: Final = ("--port", "-p")


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each service, at the first port that it is started on."""
    for name, service in facts.services.items():
        declared = [endpoint.port for endpoint in service.endpoints]
        started = list(_ports(service.build.start))
        if not declared or not started or any(port in declared for _, port in started):
            continue
        index, port = started[0]
        words = f"port {declared[0]}" if len(declared) == 1 else f"ports {', '.join(map(str, declared))}"
        yield Breach(
            f"{name} is started on port {port}, and declares {words}",
            facts.place(name, "build", "start", index),
            f"make the two the same: start it on {declared[0]}, or declare an endpoint with port {port}",
            (Related(f"{name} declares its endpoints here", facts.place(name, "endpoints")),),
            service=name,
            subject=name,
        )


def _ports(start: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Index and number of every argument that says a port."""
    for index, word in enumerate(start):
        option, joined, value = word.partition("=")
        if joined and option == "--port" and _is_number(value):
            yield index, int(value)
        elif index and start[index - 1] in _OPTIONS and _is_number(word):
            yield index, int(word)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 5
