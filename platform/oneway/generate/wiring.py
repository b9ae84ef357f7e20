"""What a running replica is told about itself and its callees, in environment variables, on every target."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from ..model import Call, Endpoint, Service, System

Address = Callable[[str, Endpoint], str]
"""`host:port` under which a target makes an endpoint of a service reachable, by the service's name."""

_TLS_PORT: Final = 443


def wiring(system: System, service: Service, address: Address, instance: int | None) -> dict[str, str]:
    """The variables in sorted order: ONEWAY_*, and one with the address of each declared call, unless the manifest
    gives that itself. `instance` is None where the target sets ONEWAY_INSTANCE by other means."""
    taken = service.env.keys() | service.secrets.keys()
    addresses = {call.url_variable: _url(system, call, address) for call in service.calls}
    variables = {
        **{name: url for name, url in addresses.items() if url is not None and name not in taken},
        "ONEWAY_CALLS": json.dumps(_calls(system, service, address), sort_keys=True, separators=(",", ":")),
        "ONEWAY_ENVIRONMENT": system.environment or "local",
        "ONEWAY_SERVICE": service.name,
        "ONEWAY_VERSION": service.version,
    }
    if instance is not None:
        variables["ONEWAY_INSTANCE"] = str(instance)
    return dict(sorted(variables.items()))


def lead_calls(variables: Mapping[str, str], urls: Mapping[str, str]) -> dict[str, str]:
    """The variables with other addresses of some calls, by their keys in ONEWAY_CALLS: there, and wherever else the
    address that they had stands alone."""
    calls = json.loads(variables["ONEWAY_CALLS"])
    led = {calls[key]["url"]: url for key, url in urls.items() if key in calls}
    entries = {key: {**call, "url": urls.get(key, call["url"])} for key, call in calls.items()}
    return {
        **{name: led.get(value, value) for name, value in variables.items()},
        "ONEWAY_CALLS": json.dumps(entries, sort_keys=True, separators=(",", ":")),
    }


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
