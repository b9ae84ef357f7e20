"""Which release answers users: by shares of replicas behind the Service, and by weights where routes have them."""

import copy
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..base import Placement, Release
from .answers import Refused
from .api import Api
from .kinds import ENDPOINT_SLICE, HTTP_ROUTE, POD, Object
from .service_pods import pods_of
from .variants import INSTANCE, NAME, RELEASE, TRACK, canary_name
from .workload_progress import is_ready, release_of


def canaries_for(percent: int, old: int) -> int:
    """How many new replicas beside `old` ones come nearest to a share of the traffic; never fewer than one."""
    return max(1, min(max(old, 1), math.floor(old * percent / (100 - percent) + 0.5)))


def join(api: Api, release: Release, count: int) -> int:
    """So many of the canary's ready pods, and no others of it, stand behind the Service; returns how many do."""
    canary = canary_name(release.service)
    tracked = [each for each in pods_of(api, Placement(release)) if _label(each, TRACK) == canary]
    ready = [each for each in tracked if is_ready(each)]
    ready.sort(key=lambda each: _label(each, INSTANCE) != release.service)
    joined = ready[:count]
    for each in tracked:
        instance = release.service if each in joined else canary
        if _label(each, INSTANCE) != instance:
            api.merge(POD, each["metadata"]["name"], {"metadata": {"labels": {INSTANCE: instance}}})
    return len(joined)


def stop_traffic(api: Api, service: str, keep: int) -> None:
    """Take the canary's pods of other releases than `keep` out of the traffic, where pods of that one are ready."""
    pods = [each for each in api.list(POD, f"{NAME}={service},{INSTANCE}={service}").items if is_ready(each)]
    if not any(release_of(each, RELEASE) == keep for each in pods):
        return
    for each in pods:
        if _label(each, TRACK) and release_of(each, RELEASE) != keep:
            patch = {"metadata": {"labels": {INSTANCE: canary_name(service)}}}
            api.merge(POD, each["metadata"]["name"], patch)


def weighted_routes(objects: Iterable[Object], service: str, percent: int) -> tuple[Object, ...]:
    """The release's routes with the canary as a second backend that gets `percent` of the traffic."""
    found = []
    for each in objects:
        if each["kind"] != HTTP_ROUTE.name:
            continue
        body = copy.deepcopy(each)
        for rule in body["spec"]["rules"]:
            rule["backendRefs"] = [
                weighted
                for backend in rule["backendRefs"]
                for weighted in (
                    {**backend, "weight": 100 - percent},
                    {**backend, "name": canary_name(service), "weight": percent},
                )
            ]
        found.append(body)
    return tuple(found)


def endpoints(api: Api, service: str) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """The pods that the Service sends users to at this moment, each with its ports by name."""
    found = {}
    for each in api.list(ENDPOINT_SLICE, f"kubernetes.io/service-name={service}").items:
        ports = {str(port.get("name") or ""): int(port["port"]) for port in each.get("ports") or () if port.get("port")}
        for endpoint in each.get("endpoints") or ():
            reference = endpoint.get("targetRef") or {}
            if (endpoint.get("conditions") or {}).get("ready") and reference.get("kind") == POD.name:
                found[str(reference["name"])] = ports
    return tuple(sorted(found.items()))


def reached(api: Api, service: str) -> tuple[tuple[str, Mapping[str, int]], ...]:
    """The pods that users get to: behind the Service, and behind the canary's where a route sends some there."""
    weights = _route_weights(api, service) or {}
    beside = endpoints(api, canary_name(service)) if weights.get(canary_name(service)) else ()
    return (*endpoints(api, service), *beside)


def shares(api: Api, service: str) -> dict[int, int]:
    """Release number -> percent of the traffic: by the route's weights where there are some, else by replicas."""
    by_name = {each["metadata"]["name"]: each for each in api.list(POD, f"{NAME}={service}").items}
    serving = [by_name[name] for name, _ in endpoints(api, service) if name in by_name]
    counts = Counter(number for each in serving if (number := release_of(each, RELEASE)) is not None)
    weights = _route_weights(api, service)
    canary = next(
        (release_of(each, RELEASE) for each in by_name.values() if _label(each, TRACK) == canary_name(service)), None
    )
    if weights is not None and canary is not None and len(weights) == 2:
        others = [number for number in counts if number != canary]
        return {canary: weights[canary_name(service)]} | dict.fromkeys(others[:1], weights[service])
    return percentages(counts)


def percentages(counts: Mapping[int, int]) -> dict[int, int]:
    """Whole percents that add up to 100; the largest share takes what rounding leaves."""
    total = sum(counts.values())
    if not total:
        return {}
    found = {number: 100 * count // total for number, count in sorted(counts.items())}
    found[max(found, key=lambda number: found[number])] += 100 - sum(found.values())
    return found


def _route_weights(api: Api, service: str) -> Mapping[str, int] | None:
    try:
        routes: Sequence[Object] = api.list(HTTP_ROUTE, f"{NAME}={service}").items
    except Refused:
        return None
    for route in routes:
        for rule in (route.get("spec") or {}).get("rules") or ():
            backends = rule.get("backendRefs") or ()
            if len(backends) == 2:
                return {str(each["name"]): int(each.get("weight", 1)) for each in backends}
    return None


def _label(body: Mapping[str, Any], name: str) -> str:
    return str((body["metadata"].get("labels") or {}).get(name, ""))
