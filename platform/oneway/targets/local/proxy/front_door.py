"""The stable ports: which release answers users behind them, and how that changes while a rollout goes on.

A rollout loads two configurations: one by which traffic can pass from the old release to the new, and one in which only
the release that stays is left. Every step in between, forward or back, is a word in a file that Caddy reads for each
request: it takes effect at once, also on connections of the configuration before.
"""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ....model import Endpoint
from ...base import Placement, Release, Served, TargetError, wait_while
from ..processes.replicas import Replicas
from ..state.home import Home, write_whole
from ..state.ledger import ALONE, EARLIER, Front, Ledger, Replica, Routes
from .access_log import AccessLog
from .caddy import Caddy
from .log_settings import access_log, pace_log
from .routing import divide, make_passage, make_routes
from .under_way import UnderWay

_POLL: Final = 0.03


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """The stable ports of one checkout."""

    home: Home
    ledger: Ledger
    caddy: Caddy
    replicas: Replicas
    _access: dict[str, tuple[AccessLog, UnderWay]] = field(default_factory=dict)

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        """From now on the new release answers so many percent of the requests, the old one the rest."""
        service = new.service
        if service not in self._access:
            self._access[service] = (
                AccessLog(access_log(service, self.home.logs), time.monotonic),
                UnderWay(pace_log(self.home.logs), time.monotonic),
            )
        reclaimed = [each for each in new.spec.endpoints if self.ledger.reclaim(service, each.name, each.port)]
        try:
            self._lead(new, old, percent)
        except TargetError:
            if not reclaimed:
                raise
            # Somebody was quicker to take a declared port: users stay where they were.
            for each in reclaimed:
                self.ledger.undo_reclaim(service, each.name)
            self._lead(new, old, percent)

    def _lead(self, new: Release, old: Release | None, percent: int) -> None:
        service = new.service
        if old is None:
            self.caddy.route(service, self._route_alone(new, self.replicas.of(Placement(new))))
            return
        file = self._file(new)
        replicas = {each.number: self.replicas.of(Placement(each)) for each in (new, old)}
        wanted = make_passage(new, old, percent, file, replicas, self._ports_of(service))
        write_whole(file, str(percent).encode())
        if self._fronts(service) == wanted.fronts:
            self._catch_up()
        else:
            self.caddy.route(service, wanted)
            self._forget_files(service, file)

    def stop_traffic(self, new: Release) -> None:
        """The new release gets nothing more, at once. Emptying a file works on a full disk too."""
        _empty(self._file(new))

    def hand_over(
        self, service: str, release: Release | None, stays: Sequence[Replica], goes: Sequence[Replica]
    ) -> None:
        """All traffic to those that stay, of this release; those that go have answered what they were asked."""
        now = self._fronts(service)
        if release is None:
            if now and self.caddy.alive():
                self.caddy.route(service, None)
            elif now:
                self.ledger.route(service, None)
            self._forget_files(service, None)
            return
        self._catch_up()
        wanted = self._route_alone(release, stays)
        if now == wanted.fronts:
            return
        if passes := _leads_to(release, now, wanted):
            self._pass_to(release, now)
        else:
            self.caddy.route(service, wanted)
        self.caddy.await_loaded()
        self._drain(_dials(goes), release.spec.rollout.drain)
        if passes:
            self.caddy.route(service, wanted)

    def lead_to(self, release: Release, replicas: Sequence[Replica]) -> None:
        """From now on these replicas of the release that serves alone answer, and no others of it. Nobody waits for
        what the others were asked."""
        wanted = self._route_alone(release, replicas)
        if self._fronts(release.service) != wanted.fronts:
            self.caddy.route(release.service, wanted)

    def led_to(self, release: Release, replicas: Sequence[Replica]) -> bool:
        """Whether users are led to any of them; to a replica without an endpoint nobody is."""
        fronts = self._fronts(release.service).values()
        there = {dial for front in fronts for pool in front.pools for dial in pool.dials}
        return bool(there & _dials(replicas)) or any(not each.ports for each in replicas)

    def in_flight(self, replicas: Sequence[Replica]) -> int:
        """How many requests they have not answered yet."""
        return self.caddy.in_flight(_dials(replicas))

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        """Users' requests answered since that time, from Caddy's access log, and those under way, as Caddy counts."""
        if service not in self._access:
            return ()
        log, under_way = self._access[service]
        replicas = self.ledger.replicas(service)
        releases = {f"127.0.0.1:{port}": each.release for each in replicas for port in each.ports.values()}
        under_way.read()
        log.read(releases)
        return [*log.served(since), *under_way.waiting(releases)]

    def close(self, service: str) -> None:
        """Look at the service's users no longer."""
        if service in self._access:
            for each in self._access.pop(service):
                each.close()

    def addresses(self, service: str) -> Mapping[str, str]:
        """Endpoint -> where users find it."""
        fronts = self._fronts(service)
        return {name: f"http://127.0.0.1:{front.port}" for name, front in sorted(fronts.items()) if EARLIER not in name}

    def serving(self, service: str) -> Mapping[int, int]:
        """Release number -> percent of the traffic."""
        return {
            pool.release: pool.share
            for front in self._fronts(service).values()
            for pool in divide(front, _read_word(front))
            if pool.share
        }

    def stable_port(self, service: str, endpoint: Endpoint) -> int:
        """The port that the endpoint keeps."""
        return self.ledger.stable_port(service, endpoint.name, endpoint.port)

    def _fronts(self, service: str) -> dict[str, Front]:
        found = self.ledger.routes()[1].get(service)
        return {} if found is None else found.fronts

    def _catch_up(self) -> None:
        """What was kept, but not loaded because the command was killed in between, is loaded."""
        self.caddy.load(self.ledger.routes()[0])

    def _route_alone(self, release: Release, replicas: Sequence[Replica]) -> Routes:
        return make_routes([(release, 100)], {release.number: replicas}, self._ports_of(release.service))

    def _ports_of(self, service: str) -> Callable[[Endpoint], list[int]]:
        return lambda each: [self.stable_port(service, each), *self.ledger.earlier_ports(service, each.name)]

    def _pass_to(self, release: Release, now: Mapping[str, Front]) -> None:
        """All of the traffic of a passage to one of its two ends."""
        for front in now.values():
            if front.passage is not None:
                file = Path(front.passage.file)
                if front.pools[0].release == release.number:
                    write_whole(file, ALONE.encode())
                else:
                    _empty(file)

    def _drain(self, dials: set[str], seconds: float) -> None:
        wait_while(lambda: self.caddy.in_flight(dials), seconds, _POLL)

    def _file(self, new: Release) -> Path:
        return self.home.caddy / f"{new.service}.{new.number}.share"

    def _forget_files(self, service: str, kept: Path | None) -> None:
        for path in self.home.caddy.glob(f"{service}.*.share"):
            if path != kept:
                path.unlink(missing_ok=True)


def _dials(replicas: Sequence[Replica]) -> set[str]:
    return {f"127.0.0.1:{port}" for each in replicas for port in each.ports.values()}


def _empty(file: Path) -> None:
    """The old release alone; where there is no such file that is so already."""
    try:
        os.truncate(file, 0)
    except FileNotFoundError:
        return
    except OSError as error:
        raise TargetError(f"{file} cannot be emptied: {error.strerror}", "is the file system read-only?") from None


def _leads_to(release: Release, now: Mapping[str, Front], wanted: Routes) -> bool:
    """Whether a passage under way can lead to that release alone, as it runs now, on every endpoint that it has."""
    mine = {name: front.pools[0].dials for name, front in wanted.fronts.items()}
    there = {name: pool.dials for name, front in now.items() for pool in front.pools if pool.release == release.number}
    return any(front.passage for front in now.values()) and there == mine


def _read_word(front: Front) -> str:
    if front.passage is None:
        return ""
    try:
        return Path(front.passage.file).read_text()
    except FileNotFoundError:
        return ""
