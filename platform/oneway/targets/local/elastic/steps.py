"""One look at the load of every elastic service, and the next small step towards as many replicas as it asks for.

Nobody waits here: what starts is led to when it is ready, and what goes is ended when it has answered, each by a later
look. So a deploy finds the service's lock free but for moments.
"""

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ....store import SqliteRecords
from ...base import Condition, Holder, Locked, Placement, Release, Scaling, State
from ..processes import launch
from ..processes.replicas import Replicas
from ..proxy.front_door import FrontDoor
from ..state.home import Home
from ..state.ledger import Replica
from ..state.scale_file import Scaled, is_elastic, read_scaled, wanted_replicas, write_scaled
from .decide import Asked, Decision, Measured, decide
from .usage import Meter, asked_cores, groups_of, room_for

_WHO: Final = "scaling by load"
# As long as connections of the configuration before may bring a request.
_GOODBYE_SECONDS: Final = 4.0
_MEASUREMENTS: Final = 100


@dataclass(slots=True)
class Elastic:
    """The elastic services of one environment. `every` is how many seconds lie between two decisions."""

    home: Home
    records: SqliteRecords
    replicas: Replicas
    door: FrontDoor
    every: float
    monotonic: Callable[[], float] = time.monotonic
    _meter: Meter = field(default_factory=Meter)
    _asked: dict[str, deque[Asked]] = field(default_factory=dict)
    _decided: dict[str, float] = field(default_factory=dict)
    _leaving: dict[str, float] = field(default_factory=dict)

    def look(self) -> None:
        """Look at each service; one that somebody deploys, stops or starts at this moment is left alone."""
        for service in self.records.services():
            release = self._live(service)
            if release is None or not is_elastic(release.spec) or self.records.holder(service) is not None:
                self._decided.pop(service, None)
                continue
            decision = self._decide(release)
            if decision is None and not self._is_due(release):
                continue
            with suppress(Locked), self.records.lock(service, Holder(_WHO, time.time())):
                # What was read before the lock was held may be over.
                if self._live(service) == release:
                    if decision is not None:
                        self._keep(release, decision)
                    self._step(release)

    def _live(self, service: str) -> Release | None:
        """The release that serves, alone and settled."""
        releases = self.records.releases(service)
        newest = releases[0] if releases else None
        if newest is None or newest.state in (State.UNDER_WAY, State.ROLLING_BACK):
            return None
        last = next((each for each in releases if each.committed is not None), None)
        return last if last is not None and last.state is State.LIVE else None

    def _decide(self, release: Release) -> Decision | None:
        """What the load asks for, where it is time to measure and that is something new. Replicas that start or go
        say nothing of it."""
        spec, service, now = release.spec, release.service, self.monotonic()
        if spec.scale is None or now - self._decided.get(service, -self.every) < self.every:
            return None
        found = self.replicas.of(Placement(release))
        leaders = [pid for each in found if (pid := launch.find_living(self.replicas.pid_file(each))) is not None]
        groups = groups_of(leaders)
        used = [self._meter.read(pid, groups[pid], now) for pid in leaders]
        known = tuple(100 * each / asked_cores(spec) for each in used if each is not None)
        measured_before, self._decided[service] = service in self._decided, now
        if not measured_before or not len(known) == len(found) == wanted_replicas(self.home, release):
            return None
        asked = self._asked.setdefault(service, deque(maxlen=_MEASUREMENTS))
        decision = decide(spec.scale, len(found), Measured(now, known), asked, room_for(spec, groups, leaders))
        asked.append(decision.asked)
        scaled = read_scaled(self.home, service)
        same = decision.replicas == len(found) and decision.blocked == (scaled.blocked if scaled else "")
        return None if same else decision

    def _keep(self, release: Release, decision: Decision) -> None:
        count = len(self.replicas.of(Placement(release)))
        change = Scaling(
            at=time.time(), release=release.number, before=count, after=decision.replicas, why=decision.why
        )
        scaled = Scaled(replicas=decision.replicas, blocked=decision.blocked)
        write_scaled(self.home, release.service, scaled, change if decision.replicas != count else None)

    def _is_due(self, release: Release) -> bool:
        """Whether there is something to do at this moment: to start, to lead to, to lead away from, or to end."""
        wanted, found = wanted_replicas(self.home, release), self.replicas.of(Placement(release))
        stays, goes = found[:wanted], found[wanted:]
        if len(found) < wanted or self.door.led_to(release, goes):
            return True
        if coming := [each for each in stays if not self.door.led_to(release, [each])]:
            return any(each in self._ready(release) for each in coming)
        return any(self._has_ended(release, each) for each in goes)

    def _step(self, release: Release) -> None:
        wanted = wanted_replicas(self.home, release)
        self.replicas.ensure(Placement(release), wanted)
        found, ready = self.replicas.of(Placement(release)), self._ready(release)
        served = [each for each in found[:wanted] if each in ready]
        if not served:
            return
        self.door.lead_to(release, served)
        gone = [each for each in found[wanted:] if self._has_ended(release, each)]
        self.replicas.stop(gone)
        for each in gone:
            self._leaving.pop(each.name, None)

    def _ready(self, release: Release) -> list[Replica]:
        seen = {each.name for each in self.replicas.observe(Placement(release)) if each.condition is Condition.READY}
        return [each for each in self.replicas.of(Placement(release)) if each.name in seen]

    def _has_ended(self, release: Release, replica: Replica) -> bool:
        """Whether a replica that goes has answered all that it was asked, or its time for that is over."""
        now = self.monotonic()
        since = self._leaving.setdefault(replica.name, now)
        patience = max(_GOODBYE_SECONDS, release.spec.rollout.drain)
        return now - since >= patience or (now - since >= _GOODBYE_SECONDS and not self.door.in_flight([replica]))
