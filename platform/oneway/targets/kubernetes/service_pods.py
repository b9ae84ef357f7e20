"""The pods of a service: which they are, what they print, and what explains why they fail."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from typing import Final

from ...errors import OnewayError
from ...model import Service
from ...model.secrets import redact
from ..base import Condition, Evidence, Instance, Placement
from .answers import Forbidden, Missing, Refused
from .api import Api, ServerLost
from .kinds import DEPLOYMENT, EVENT, POD, SECRET, Kind, Object
from .variants import INSTANCE, NAME, REHEARSED, REHEARSES, RELEASE, TRACK, canary_name, rehearsal_name
from .workload_progress import instance_of, is_going, progress, seconds_of

_LOG_LINES: Final = 40
_GLANCE_SECONDS: Final = 0.5
_LONGEST_LINE: Final = 500
_EVENTS: Final = 30
_CLOCKS_APART: Final = 10.0
_SHORTEST_SECRET: Final = 4
_BLOT: Final = "•••"


def selector(placement: Placement) -> str:
    """The labels of the placement's pods."""
    release, calling = placement.release, placement.calling
    if calling is not None:
        return f"{TRACK}={rehearsal_name(release.service, calling.service)},{REHEARSED}={release.number}"
    either = f"({release.service}, {canary_name(release.service)})"
    return f"{NAME}={release.service},{RELEASE}={release.number},{INSTANCE} in {either}"


def pods_of(api: Api, placement: Placement) -> list[Object]:
    """The placement's pods by name, those that are going left out."""
    found = api.list(POD, selector(placement)).items
    return sorted((each for each in found if not is_going(each)), key=lambda each: str(each["metadata"]["name"]))


def instances(api: Api, placement: Placement, kind: Kind) -> tuple[Instance, ...]:
    """The placement's replicas; where there are none, the workload itself tells why."""
    found = tuple(instance_of(each, api.clock.now()) for each in pods_of(api, placement))
    return found or _without_pods(api, placement, kind)


def evidence(api: Api, placement: Placement, kind: Kind) -> Evidence:
    """Events and the last log lines of the placement's pods, without the values of secrets."""
    pods = pods_of(api, placement)
    api = api.with_timeout(_GLANCE_SECONDS)
    blot = blotter(api, placement.release.spec)
    names = [str(each["metadata"]["name"]) for each in pods]
    since = placement.release.started - _CLOCKS_APART
    events = [blot(line) for name in (workload_name(placement), *names) for line in _events(api, name, since)]
    seen = [instance_of(each, api.clock.now()) for each in pods]
    states = [f"{each.name}: {each.condition}: {each.reason}" for each in seen if each.reason]
    logs = [blot(line) for name in names for line in last_lines(api, name, placement.release.service)]
    return Evidence(events=(*map(blot, states), *events[-_EVENTS:]), logs=tuple(logs))


def last_lines(api: Api, pod: str, container: str) -> list[str]:
    """The end of what a pod printed, of its last run before this one too; nothing where its node does not answer."""
    found: list[str] = []
    for previous in ("true", "false"):
        query = {"tailLines": str(_LOG_LINES), "container": container, "previous": previous}
        try:
            text = api.text(POD.path(api.namespace, pod, "log"), query, f"read the log of {pod}")
        except (Refused, ServerLost):
            continue
        found += (f"{pod}: {line[:_LONGEST_LINE]}" for line in text.splitlines())
    return found[-2 * _LOG_LINES :]


class Blotter:
    """Takes the values of secrets, and what has the form of one, out of text."""

    def __init__(self, values: Iterable[str]) -> None:
        self._values = sorted({each for each in values if len(each) >= _SHORTEST_SECRET}, key=len, reverse=True)

    def __call__(self, text: str) -> str:
        for each in self._values:
            text = text.replace(each, _BLOT)
        return redact(text)


def blotter(api: Api, service: Service) -> Blotter:
    """One that knows the values of the secrets that the service refers to, as far as they may be read."""
    values: list[str] = []
    for reference in service.secrets.values():
        try:
            data: Mapping[str, str] = api.get(SECRET, reference.name).get("data") or {}
        except (Missing, Forbidden):
            continue
        values += _decoded(data.get(reference.key, "")).splitlines()
    return Blotter(values)


def workload_name(placement: Placement) -> str:
    """The name of the workload that stands beside what serves."""
    if placement.calling is not None:
        return rehearsal_name(placement.release.service, placement.calling.service)
    return canary_name(placement.release.service)


def rehearsals(service: str) -> str:
    """The labels of every rehearsal in which somebody calls this service's canary."""
    return f"{REHEARSES}={service}"


def _without_pods(api: Api, placement: Placement, kind: Kind) -> tuple[Instance, ...]:
    name = workload_name(placement)
    workload = api.find(kind, name)
    if workload is None:
        return ()
    stuck = progress(workload).stuck
    if kind is not DEPLOYMENT and not stuck:
        failed = [
            each for each in _events(api, name, placement.release.started - _CLOCKS_APART) if "FailedCreate" in each
        ]
        stuck = failed[-1] if failed else ""
    if stuck:
        return (Instance(name, Condition.FAILED, stuck),)
    return (Instance(name, Condition.STARTING, "its pods are not there yet"),)


def _events(api: Api, name: str, since: float) -> list[str]:
    """In order of time; those of earlier objects of the same name are left out."""
    try:
        found = api.list(EVENT, fields=f"involvedObject.name={name}").items
    except OnewayError:
        return []
    found = tuple(sorted(found, key=lambda each: str(each.get("lastTimestamp") or each.get("eventTime") or "")))
    return [_worded(each, name) for each in found if (_when(each) or since) >= since]


def _when(event: Object) -> float | None:
    return seconds_of(event.get("lastTimestamp") or event.get("eventTime"))


def _worded(event: Object, name: str) -> str:
    count = int(event.get("count") or 1)
    times = f" ({count} times)" if count > 1 else ""
    return (
        f"{name}: {event.get('reason', '')}{times}: {' '.join(str(event.get('message', '')).split())[:_LONGEST_LINE]}"
    )


def _decoded(text: str) -> str:
    try:
        return base64.b64decode(text).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
