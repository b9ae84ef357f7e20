"""A call, a health section or a smoke check names an endpoint that the service does not have.

Why: an endpoint is a port; without it there is nothing to open in the network policy and nothing to connect to.
A call to a service that declares no endpoint at all, and an endpoint or a version asked of an external, are found
here as well: an external is one address.

    # manifests/id.yaml
    endpoints: [{name: http, port: 8082}]
    # manifests/gateway.yaml
    calls:
      - {to: id, endpoint: grpc}        # id has: http

Mend it: name an endpoint that the callee declares, or declare it there.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Call, Service
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """Calls of every service, then its own references."""
    for name, service in facts.services.items():
        for index, call in enumerate(service.calls):
            yield from _call(facts, name, index, call)
        yield from _own(facts, name, service)


def _call(facts: Facts, name: str, index: int, call: Call) -> Iterator[Breach]:
    callee = facts.services.get(call.to)
    if callee is not None and not callee.endpoints:
        message = f"{name} calls {call.to}, which declares no endpoint"
        yield _finding(facts, name, message, ("calls", index, "to"), f"declare one in {call.to}'s manifest")
    elif callee is not None and call.endpoint is not None and callee.endpoint(call.endpoint) is None:
        message = f"{name} calls endpoint {call.endpoint} of {call.to}, which has no such endpoint"
        yield _finding(facts, name, message, ("calls", index, "endpoint"), _known(callee))
    elif callee is None and call.to in facts.system.platform.externals:
        for field, value in (("endpoint", call.endpoint), ("version", call.version)):
            if value is not None:
                message = f"{name} asks for {field} {value} of {call.to}, which is an external"
                hint = f"an external is one address without {field}s: remove it"
                yield _finding(facts, name, message, ("calls", index, field), hint)


def _own(facts: Facts, name: str, service: Service) -> Iterator[Breach]:
    asked: list[tuple[tuple[str | int, ...], str | None]] = [(("health", "endpoint"), service.health.endpoint)]
    asked += [
        ((*service.check_place(at), "request", "endpoint"), each.request.endpoint)
        for at, each in enumerate(service.checks)
    ]
    for path, endpoint in asked:
        if endpoint is not None and service.endpoint(endpoint) is None:
            yield _finding(facts, name, f"{name} has no endpoint {endpoint}", path, _known(service))


def _finding(facts: Facts, name: str, message: str, path: tuple[str | int, ...], hint: str) -> Breach:
    return Breach(message, facts.place(name, *path), hint, service=name, subject=message)


def _known(service: Service) -> str:
    names = ", ".join(each.name for each in service.endpoints)
    return f"{service.name} has: {names}" if names else f"{service.name} declares none"
