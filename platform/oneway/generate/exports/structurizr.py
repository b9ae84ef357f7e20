"""A Structurizr workspace: the platform is the software system, its services are containers grouped by domain."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

from ...model import Service, System
from ..files import GeneratedFile
from .exported import Exported


def export(exported: Exported) -> Iterator[GeneratedFile]:
    """One workspace with one container view, which Structurizr lays out."""
    document = _Workspace(exported.system).document()
    name = f"{exported.system.platform.name}.structurizr.json"
    yield GeneratedFile(name, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


class _Workspace:
    """Gives every element and relationship its number, in sorted order."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._numbers = map(str, count(1))
        self._home = next(self._numbers)
        self._ids = {
            **{name: next(self._numbers) for name in system.services},
            **{f"channel:{name}": next(self._numbers) for name in sorted(system.platform.channels)},
            **{f"external:{name}": next(self._numbers) for name in sorted(system.platform.externals)},
        }

    def document(self) -> dict[str, Any]:
        platform = self._system.platform
        services = [self._service(each) for each in self._system.services.values()]
        channels = [self._channel(name) for name in sorted(platform.channels)]
        home = self._element(self._home, platform.name, "Software System", "") | {"containers": [*services, *channels]}
        externals = [
            self._element(self._ids[f"external:{name}"], name, "Software System,External", each.summary or each.host)
            for name, each in sorted(platform.externals.items())
        ]
        return {
            "name": platform.name,
            "description": "Made from the manifests by `platform export structurizr`.",
            "model": {"softwareSystems": [home, *externals]},
            "views": {"containerViews": [self._view([*services, *channels])]},
            "configuration": {},
        }

    def _service(self, service: Service) -> dict[str, Any]:
        element = self._element(self._ids[service.name], service.name, "Container", service.summary)
        protocols = ", ".join(dict.fromkeys(each.protocol for each in service.endpoints))
        return element | {
            "technology": " ".join(filter(None, (service.build.runtime or "", protocols))),
            "group": service.domain,
            "properties": {"owner": service.owner, "version": service.version},
            "relationships": list(self._relationships(service)),
        }

    def _channel(self, name: str) -> dict[str, Any]:
        summary = self._system.platform.channels[name].summary
        element = self._element(self._ids[f"channel:{name}"], name, "Container,Channel", summary)
        subscribers = [each for each in self._system.services.values() if name in each.subscribes]
        relationships = [self._relationship(element["id"], self._ids[each.name], "is read by") for each in subscribers]
        return element | {"technology": "channel", "relationships": relationships}

    def _relationships(self, service: Service) -> Iterator[dict[str, Any]]:
        mine = self._ids[service.name]
        for call in service.calls:
            target = self._ids.get(call.to) or self._ids.get(f"external:{call.to}")
            if target is not None:
                words = "calls" if call.required else "calls, and answers without it"
                yield self._relationship(mine, target, words) | {"properties": {"timeout": str(call.timeout)}}
        for name in service.publishes:
            if f"channel:{name}" in self._ids:
                yield self._relationship(mine, self._ids[f"channel:{name}"], "publishes to")

    def _relationship(self, source: str, destination: str, words: str) -> dict[str, Any]:
        ends = {"sourceId": source, "destinationId": destination}
        return {"id": next(self._numbers), "tags": "Relationship", **ends, "description": words}

    def _element(self, number: str, name: str, tags: str, description: str) -> dict[str, Any]:
        return {"id": number, "name": name, "description": description, "tags": f"Element,{tags}"}

    def _view(self, containers: list[dict[str, Any]]) -> dict[str, Any]:
        relationships = [each for container in containers for each in container["relationships"]]
        shown = dict.fromkeys(
            [*(each["id"] for each in containers), *(each["destinationId"] for each in relationships)]
        )
        return {
            "softwareSystemId": self._home,
            "key": "services",
            "title": f"Services of {self._system.platform.name}",
            "elements": [{"id": each} for each in shown],
            "relationships": [{"id": each["id"]} for each in relationships],
            "automaticLayout": {"rankDirection": "TopBottom", "rankSeparation": 300, "nodeSeparation": 300},
        }
