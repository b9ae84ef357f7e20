"""What files, code and traffic show of the declared calls, ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from ..evidence import Drift, Observed, ObservedCall
from ..model import System
from ..render import Picture, Sight, Sighting, sighted
from .find_drift import find_drift, without_accepted
from .read_manifests import Reading

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where to look: files and folders of any kind, and what traffic left behind, from a moment on if one is told."""

    paths: tuple[Path, ...] = ()
    traffic: tuple[Path, ...] = ()
    since: float | None = None

    def __bool__(self) -> bool:
        return bool(self.paths or self.traffic)


NOTHING: Final = Evidence()


def with_sightings(picture: Picture, reading: Reading, evidence: Evidence) -> Picture:
    """The picture with what the evidence shows of each call; what could not be read is said in its remarks."""
    system, root = reading.system, reading.workspace.root
    drift, observed = find_drift(system, root, evidence.paths, (), evidence.traffic, evidence.since)
    unknown = set(drift.unknown_services) - set(system.platform.externals)
    left = without_accepted(drift, system, date.today())
    return sighted(picture, _sightings(drift, left, observed, system), unknown, _unread(observed))


def _sightings(drift: Drift, left: Drift, observed: Observed, system: System) -> Mapping[Pair, Sighting]:
    """By call; `left` are those differences that their callers do not accept."""
    declared = {(service.name, call.to) for service in system.services.values() for call in service.calls}
    accepted = (_undeclared(drift) - _undeclared(left)) | (set(drift.unseen) - set(left.unseen))
    found: dict[Pair, Sighting] = {}
    for pair, calls in observed.pairs().items():
        found[pair] = _seen(Sight.SEEN if pair in declared else Sight.UNDECLARED, calls, pair in accepted)
    for pair in drift.unseen:
        sight = Sight.MISSING if pair in drift.missing else Sight.UNSEEN
        found[pair] = Sighting(sight, accepted=pair in accepted)
    return found


def _undeclared(drift: Drift) -> set[Pair]:
    return {(calls[0].source, calls[0].target) for calls in drift.undeclared}


def _seen(sight: Sight, calls: Sequence[ObservedCall], accepted: bool) -> Sighting:
    """All that traffic says of a call together; of several latencies the longest."""
    traffic = [call.traffic for call in calls if call.traffic]
    p50 = [each.p50 for each in traffic if each.p50 is not None]
    p99 = [each.p99 for each in traffic if each.p99 is not None]
    counts = sum(each.count for each in traffic), sum(each.errors for each in traffic)
    return Sighting(sight, *counts, max(p50, default=None), max(p99, default=None), accepted)


def _unread(observed: Observed) -> tuple[str, ...]:
    number = sum(each.unread for each in observed.found)
    if not number:
        return ()
    return (f"{number} of what was given could not be read; `platform drift` says which",)
