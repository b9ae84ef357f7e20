"""Backstage's catalog: components, what they depend on, and the APIs that they provide and consume."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...errors import Location
from ..mentions import Alias, Kind, Mention, Note
from ..observed import ObservedService, service_name
from ..sources import Fact, Sources
from ..yaml_reader import Map, Seq, place_of

# Components that nobody deploys.
_NOT_DEPLOYED: Final = ("library", "documentation", "template", "tool")


def is_backstage(document: Any) -> bool:
    """Whether this is an entity of Backstage's catalog."""
    return isinstance(document, Map) and str(document.get("apiVersion")).startswith("backstage.io/")


def read_backstage(documents: Iterable[tuple[str, Any]], sources: Sources) -> Iterator[Fact]:
    """The components that run, and whom each says that it needs."""
    for file, document in documents:
        spec, given = _map(document.get("spec")), str(_map(document.get("metadata")).get("name") or "")
        if document.get("kind") != "Component" or not given or spec.get("type") in _NOT_DEPLOYED:
            continue
        name = service_name(given)
        yield ObservedService(name, file, tool="backstage")
        yield Alias(given, name)
        yield from (Alias(_api(each), name) for each, _ in _listed(spec, "providesApis", file))
        for each, place in _listed(spec, "consumesApis", file):
            yield Mention(Kind.CONFIGURATION, name, place, "consumesApis", _api(each))
        for each, place in _listed(spec, "dependsOn", file):
            kind, _, rest = each.rpartition(":")
            if kind in ("", "component"):
                yield Mention(Kind.CONFIGURATION, name, place, "dependsOn", rest.rpartition("/")[2])
            elif kind == "resource":
                text = f"{name} depends on {each}: declare it under `externals`, or as a service of `kind: backing`"
                yield Note(place, text, unread=False)


def _api(reference: str) -> str:
    """An API by its name alone: `api:default/orders.v1`."""
    name = reference.rpartition(":")[2].rpartition("/")[2]
    return f"api:{name.replace('.', '-')}"


def _listed(spec: Mapping[str, Any], field: str, file: str) -> Iterator[tuple[str, Location]]:
    given = spec.get(field)
    for at, each in enumerate(given if isinstance(given, Seq) else ()):
        yield str(each).lower(), place_of(given, at, file)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Map) else {}
