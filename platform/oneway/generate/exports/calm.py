"""FINOS CALM 1.1: services, externals and channels as nodes, calls and subscriptions as what connects them."""

import json
from collections.abc import Iterator
from typing import Any, Final

from ...model import Call, Service, System
from ..files import GeneratedFile
from .exported import Exported

_SCHEMA: Final = "https://calm.finos.org/release/1.1/meta/calm.json"
_PROTOCOLS: Final = {"http": "HTTP", "https": "HTTPS", "grpc": "gRPC", "tcp": "TCP", "udp": "UDP"}


def export(exported: Exported) -> Iterator[GeneratedFile]:
    """One architecture document."""
    system = exported.system
    document = {
        "$schema": _SCHEMA,
        "metadata": {"title": system.platform.name, "made-by": "platform export calm"},
        "nodes": list(_nodes(system)),
        "relationships": list(_relationships(system)),
    }
    name = f"{system.platform.name}.calm.json"
    yield GeneratedFile(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def _nodes(system: System) -> Iterator[dict[str, Any]]:
    for service in system.services.values():
        yield {
            **_node(service.name, "service", service.name, service.summary),
            "interfaces": [
                {"unique-id": _interface(service.name, each.name), "port": each.port, "protocol": each.protocol}
                for each in service.endpoints
            ],
            "metadata": {"version": service.version, "owner": service.owner, "domain": service.domain},
        }
    for name, domain in sorted(system.platform.domains.items()):
        yield _node(f"domain:{name}", "system", name, domain.summary)
    for name, external in sorted(system.platform.externals.items()):
        kind = "database" if external.kind == "database" else "ecosystem"
        yield _node(f"external:{name}", kind, name, external.summary or external.host)
    for name, channel in sorted(system.platform.channels.items()):
        yield _node(f"channel:{name}", "channel", name, channel.summary)


def _node(unique: str, kind: str, name: str, description: str) -> dict[str, Any]:
    return {"unique-id": unique, "node-type": kind, "name": name, "description": description or name}


def _interface(service: str, endpoint: str) -> str:
    return f"{service}/{endpoint}"


def _relationships(system: System) -> Iterator[dict[str, Any]]:
    for service in system.services.values():
        for at, call in enumerate(service.calls):
            yield _call(system, service, call, at)
        for kind, channels in (("publishes", service.publishes), ("subscribes", service.subscribes)):
            for name in channels:
                ends = (service.name, f"channel:{name}")
                source, destination = ends if kind == "publishes" else ends[::-1]
                yield _connects(f"{service.name} {kind} {name}", f"{service.name} {kind} {name}", source, destination)
    for name in sorted(system.platform.domains):
        members = [each.name for each in system.services.values() if each.domain == name]
        if members:
            composed = {"composed-of": {"container": f"domain:{name}", "nodes": members}}
            yield {"unique-id": f"{name} is made of", "relationship-type": composed}


def _call(system: System, service: Service, call: Call, at: int) -> dict[str, Any]:
    callee = system.services.get(call.to)
    endpoint = callee.endpoint(call.endpoint) if callee else None
    words = f"{service.name} calls {call.to}" + ("" if call.required else ", and answers without it")
    destination = call.to if callee else f"external:{call.to}"
    found = _connects(f"{service.name} calls {call.to} ({at})", words, service.name, destination)
    if callee and endpoint:
        found["relationship-type"]["connects"]["destination"]["interfaces"] = [_interface(callee.name, endpoint.name)]
        found["protocol"] = _PROTOCOLS.get(endpoint.protocol, endpoint.protocol)
    found["metadata"] = {"timeout": str(call.timeout), "retries": call.retries, "required": call.required}
    return found


def _connects(unique: str, words: str, source: str, destination: str) -> dict[str, Any]:
    ends: dict[str, Any] = {"source": {"node": source}, "destination": {"node": destination}}
    return {"unique-id": unique, "description": words, "relationship-type": {"connects": ends}}
