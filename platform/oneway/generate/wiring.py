"""What a running replica is told about itself and its callees: the ONEWAY_* environment variables of every target."""

import json
from collections.abc import Callable
from typing import Any, Final

from ..model import Call, Endpoint, Service, System

Address = Callable[[str, Endpoint], str]
"""`host:port` under which a target makes an endpoint of a service reachable, by the service's name."""

_TLS_PORT: Final = 443


def wiring(system: System, service: Service, address: Address, instance: int | None) -> dict[str, str]:
    """The variables in sorted order. `instance` is None where the target sets ONEWAY_INSTANCE by other means."""
    variables = {
        "ONEWAY_CALLS": json.dumps(_calls(system, service, address), sort_keys=True, separators=(",", ":")),
        "ONEWAY_ENVIRONMENT": system.environment or "local",
        "ONEWAY_SERVICE": service.name,
        "ONEWAY_VERSION": service.version,
    }
    if instance is not None:
        variables["ONEWAY_INSTANCE"] = str(instance)
    return dict(sorted(variables.items()))


def _calls(system: System, service: Service, address: Address) -> dict[str, Any]:
    entries = {}
    for call in service.calls:
        url = _url(system, call, address)
        if url is not None:
            entries[call.to if call.endpoint is None else f"{call.to}/{call.endpoint}"] = {
                "url": url,
                "timeout_ms": _milliseconds(call),
                "retries": call.retries,
                "required": call.required,
            }
    return entries


def _url(system: System, call: Call, address: Address) -> str | None:
    """None for a callee that nothing declares: `check` has said so, and nothing undeclared gets an address."""
    callee = system.services.get(call.to)
    if callee is not None:
        endpoint = callee.endpoint(call.endpoint)
        return None if endpoint is None else f"{endpoint.protocol}://{address(callee.name, endpoint)}"
    external = system.platform.externals.get(call.to)
    if external is None or not external.host:
        return None
    if external.kind != "api":
        return f"tcp://{external.host}:{external.port}"
    if external.port == _TLS_PORT:
        return f"https://{external.host}"
    return f"http://{external.host}:{external.port}"


def _milliseconds(call: Call) -> int | float:
    milliseconds = round(call.timeout * 1000, 3)
    return int(milliseconds) if milliseconds.is_integer() else milliseconds
