"""What files, code and traffic show of the declared calls, ready to be drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..evidence import Drift, Observed, ObservedCall
from ..model import System
from ..render import Picture, Sight, Sighting, sighted
from .find_drift import find_drift
from .read_manifests import Reading


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where to look: files and folders of any kind, and what traffic left behind."""

    paths: tuple[Path, ...] = ()
    traffic: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.paths or self.traffic)


NOTHING: Final = Evidence()


def with_sightings(picture: Picture, reading: Reading, evidence: Evidence) -> Picture:
    """The picture with what the evidence shows of each call; what could not be read is said in its remarks."""
    drift, observed = find_drift(reading.system, reading.workspace.root, evidence.paths, (), evidence.traffic)
    unknown = set(drift.unknown_services) - set(reading.system.platform.externals)
    return sighted(picture, _sightings(drift, observed, reading.system), unknown, _unread(observed))


def _sightings(drift: Drift, observed: Observed, system: System) -> Mapping[tuple[str, str], Sighting]:
    declared = {(service.name, call.to) for service in system.services.values() for call in service.calls}
    found: dict[tuple[str, str], Sighting] = {}
    for pair, calls in observed.pairs().items():
        found[pair] = _seen(Sight.SEEN if pair in declared else Sight.UNDECLARED, calls)
    missing = set(drift.missing)
    return found | {pair: Sighting(Sight.MISSING if pair in missing else Sight.UNSEEN) for pair in drift.unseen}


def _seen(sight: Sight, calls: Sequence[ObservedCall]) -> Sighting:
    """All that traffic says of a call together; of several latencies the longest."""
    traffic = [call.traffic for call in calls if call.traffic]
    p50 = [each.p50 for each in traffic if each.p50 is not None]
    p99 = [each.p99 for each in traffic if each.p99 is not None]
    counts = sum(each.count for each in traffic), sum(each.errors for each in traffic)
    return Sighting(sight, *counts, max(p50, default=None), max(p99, default=None))


def _unread(observed: Observed) -> tuple[str, ...]:
    number = sum(each.unread for each in observed.found)
    if not number:
        return ()
    return (f"{number} of what was given could not be read; `platform drift` says which",)
