"""The local target: the protocol's operations, put together from supervisor, Caddy, builds and the ledger."""

import json
import secrets as random_source
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from ...generate.connections import connections, secrets_of
from ...generate.wiring import wiring
from ...model import Endpoint, SecretRef, Service, System
from ...model.fitness import misfits
from ...probe import Send, http_sender
from ...store import Database, Records, SqliteRecords
from ...workspace import content_of
from ..base import (
    Condition,
    Evidence,
    Instance,
    LogLine,
    Placement,
    Release,
    Say,
    Scaling,
    Served,
    State,
    TargetError,
    TargetFault,
    Used,
    wait_while,
)
from .backing.recipes import describe_difference as describe_backing
from .builds.builds import Builds, Ground, remove
from .builds.lacks import find_service_lacks
from .containers.runner import find_runner, forget_images, is_image, require_image, require_runner
from .elastic.elastic_program import Settings, require_elastic, scales
from .elastic.elastic_program import pid_file as elastic_pid_file
from .elastic.usage import can_measure
from .lost_records import LostRecords
from .orphans import Orphans, find_base
from .processes import launch, output
from .processes.connected import MATERIAL, written
from .processes.replicas import Replicas
from .processes.supervisor import Supervisor
from .processes.watchdog_program import end_watch, require_watch, watches
from .proxy.caddy import PROGRAM, Caddy
from .proxy.front_door import FrontDoor
from .state import secrets_file
from .state.home import DEFAULT, Home, home_of, neighbours
from .state.ledger import Ledger, Replica, is_free
from .state.scale_file import Scaled, is_elastic, read_scaled, wanted_replicas, write_scaled
from .state.secret_digests import digests
from .tasks.local_tasks import LocalTasks

_SLACK_SECONDS: Final = 10.0
FROM_THE_TREE: Final = 0
"""The number of what runs from the working tree: releases count from 1."""


@dataclass(slots=True)
class LocalTarget:
    """One environment of a checkout on this machine."""

    root: Path
    system: System
    home: Home
    ledger: Ledger
    builds: Builds
    supervisor: Supervisor
    caddy: Caddy
    replicas: Replicas
    door: FrontDoor
    records: Records
    database: Database
    lost: LostRecords
    orphans: Orphans
    tasks: LocalTasks
    name: str = "local"
    poll: float = 0.05

    def require_runnable(self, draft: Release) -> None:
        self._require_secrets(draft.spec)
        made = self.builds.has(draft.service, draft.content)
        for each in find_service_lacks(draft.spec, self.root, made):
            raise TargetError(f"{draft.service} {each.message}", each.hint)

    def configuration(self, spec: Service) -> Mapping[str, str]:
        return digests({**spec.secrets, **secrets_of(self.system, spec)}, self.replicas.secrets_file)

    def _require_secrets(self, spec: Service) -> None:
        if self.replicas.secrets_file is None:
            return
        made = [each for name in (spec.name, *(call.to for call in spec.calls)) if (each := self._made_secret(name))]
        secrets_file.make_missing(made, self.replicas.secrets_file)
        given = {name: ref for name, ref in secrets_of(self.system, spec).items() if ref not in made}
        secrets_file.require({**spec.secrets, **given}, self.replicas.secrets_file, self.root, spec.name)

    def _made_secret(self, service: str) -> SecretRef | None:
        """The password of a backing service that runs here: nobody but this machine needs to know it."""
        spec = self.system.services.get(service)
        return spec.connection.secret if spec is not None and spec.connection is not None else None

    def prepare(self, release: Release, say: Say) -> Mapping[str, str]:
        """Snapshot and virtual environment, and the addresses of what the release calls."""
        spec = release.spec
        for each in misfits(self.system, spec):
            raise TargetError(f"{spec.name} {each.message}", each.hint)
        self._require_secrets(spec)
        if spec.kind == "backing":
            return {**release.material, "environment": "", "notes": describe_backing(spec), **self._told(release)}
        left_out = ""
        if not self.builds.has(spec.name, release.content):
            content = content_of(self.root, spec)
            if content.digest != release.content:
                raise TargetError(
                    f"the build of {spec.name} {release.version} is gone, and the files have changed since",
                    "go back to the commit that it was deployed from",
                )
            say(f"copying {len(content.context.files)} files")
            config = {f"config/{name}": path for name, path in content.config.items()}
            self.builds.snapshot(spec.name, release.content, content.context, config)
            left_out = content.context.describe_left_out()
        snapshot = self.builds.folder(spec.name, release.content)
        image, ground = "", Ground("", (), "")
        if is_image(spec.build):
            known = release.material.get("image", "")
            image = require_image(require_runner(), spec.name, spec.build, snapshot, known, say)
        else:
            ground = self.builds.environment(snapshot, spec.build, say)
        notes = "\n".join(filter(None, (left_out, ground.note)))
        material = {
            **release.material,
            "environment": ground.folder,
            "path": ":".join(ground.programs),
            "image": image,
            "notes": notes,
            **self._told(release),
        }
        self.tasks.require_programs(replace(release, material=material))
        return material

    def _told(self, release: Release) -> dict[str, str]:
        """What the release is told of others, and what keeps requests to it alone."""
        wired = wiring(self.system, release.spec, self._address, None)
        told = connections(self.system, release.spec, self._address)
        return {"wiring": json.dumps(wired, sort_keys=True), MATERIAL: written(told), **_token(release)}

    def wanted(self, release: Release) -> int:
        return wanted_replicas(self.home, release)

    def ensure(self, placement: Placement, replicas: int) -> None:
        self.replicas.ensure(placement, replicas)

    def observe(self, placement: Placement, patience: float | None = None) -> tuple[Instance, ...]:
        return self.replicas.observe(placement) if patience is None else self.replicas.observe(placement, patience)

    def direct(self, placement: Placement, endpoint: str | None) -> Send:
        found = placement.release.spec.endpoint(endpoint)
        replicas = self.replicas.of(placement)
        if found is None or not replicas:
            raise TargetError(f"{placement.release.service} has no replica with an endpoint {endpoint or ''}".rstrip())
        return http_sender(f"http://127.0.0.1:{replicas[0].ports[found.name]}")

    def front(self, release: Release, endpoint: str | None) -> Send:
        found = release.spec.endpoint(endpoint)
        if found is None:
            raise TargetError(f"{release.service} has no endpoint {endpoint or ''}".rstrip())
        return self.caddy.sender(release.service, found.name, release.material["token"])

    def redact(self, release: Release, text: str) -> str:
        return self.replicas.redact(release, text)

    def make_room(self, new: Release, old: Release) -> None:
        mine = [each for each in self.ledger.replicas(old.service) if each.release != new.number]
        self.replicas.stop(mine)

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        if new.spec.kind == "backing":
            return
        self.door.shift(new, old, percent)

    def stop_traffic(self, new: Release, old: Release) -> None:
        if new.spec.kind == "backing":
            return
        self.door.stop_traffic(new)

    def used(self, placement: Placement) -> Sequence[Used]:
        return self.replicas.used(placement)

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        return self.door.traffic(service, since)

    def settle(self, service: str, release: Release | None) -> None:
        self.tasks.end(service, release)
        if release is not None:
            placement = Placement(release)
            if others := self._not_beside(release):
                self.replicas.stop(others)
            self.replicas.ensure(placement, self.wanted(release))
            self._await_ready(placement, release)
        stays = [] if release is None else self.replicas.of(Placement(release))[: self.wanted(release)]
        names = {each.name for each in stays}
        goes = [each for each in self.ledger.replicas() if _owner(each) == service and each.name not in names]
        if release is None or release.spec.kind != "backing":
            self.door.hand_over(service, release, stays, [each for each in goes if each.service == service])
        self.replicas.stop(goes)
        self.door.close(service)
        self.tasks.schedule(service, release)
        if release is not None and is_elastic(release.spec) and can_measure():
            require_elastic(self.supervisor, self._elastic_settings())

    def _not_beside(self, release: Release) -> list[Replica]:
        """The replicas of other releases that may not run beside this one."""
        others = [each for each in self.ledger.replicas(release.service) if each.release != release.number]
        alone = release.spec.runs_alone or any(
            each.spec.runs_alone
            for each in self.records.releases(release.service)
            if each.number in {other.release for other in others}
        )
        return others if alone else []

    def clear(self, service: str, keep: Sequence[Release]) -> None:
        numbers = {each.number for each in keep}
        mine = [each for each in self.ledger.replicas() if _owner(each) == service]
        self.replicas.stop([each for each in mine if each.calling is not None or each.release not in numbers])

    def remove(self, placement: Placement) -> None:
        self.replicas.stop(self.replicas.of(placement))

    def evidence(self, placement: Placement) -> Evidence:
        return self.replicas.evidence(placement)

    def prune(self, service: str, keep: Sequence[Release]) -> None:
        contents = {each.content for each in keep}
        self.builds.prune(service, contents)
        if any(each.material.get("image") for each in keep):
            forget_images(service, contents)
        self._prune_environments(service, keep)
        numbers = {each.number for each in keep} | {each.release for each in self.ledger.replicas(service)}
        for folder in (self.home.logs / service, self.home.root / "scratch"):
            for path in folder.glob(f"{service}.*"):
                number = path.name.removeprefix(f"{service}.").partition(".")[0]
                if number.isdigit() and int(number) not in numbers:
                    remove(path)

    def _prune_environments(self, service: str, keep: Sequence[Release]) -> None:
        """Those stay that any kept build of any service runs in."""
        others = [name for name in self.records.services() if name != service]
        stay = [
            *keep,
            *(each for name in others for each in self.records.releases(name) if self.builds.has(name, each.content)),
        ]
        self.builds.prune_environments({each.material.get("environment", "") for each in stay})

    def neighbours(self) -> tuple[str, ...]:
        found = neighbours(self.root, self.system.environment or DEFAULT)
        return tuple(name for name, home in found.items() if Supervisor(home).alive())

    def restore_records(self) -> str:
        return self.lost.restore_if_safe()

    def repair(self) -> Iterator[str]:
        why = self.lost.reason()
        copy = self.lost.newest_copy() if why else None
        if copy is not None:
            yield self.lost.restore(copy, why)
        elif why:
            self.database.set_aside()
            yield f"{why}, and there is no copy: the records begin anew"
        yield from self.orphans.end_base()
        # What the live releases are about to be started under must be free.
        live = [release for name in self.records.services() if (release := self.live(name)) is not None]
        yield from self.orphans.end({f"{each.service}.{each.number}" for each in live})

    def end_orphans(self) -> Iterator[str]:
        yield from self.orphans.end()
        self.shut_down()

    def live(self, service: str) -> Release | None:
        """The release of the service that serves, or should."""
        last = next((each for each in self.records.releases(service) if each.committed is not None), None)
        return last if last is not None and last.state is State.LIVE else None

    def require(self) -> None:
        started = self.supervisor.start()
        require_watch(self.home, self.supervisor)
        if not self.caddy.alive():
            known = self.supervisor.processes().get(PROGRAM)
            if known is None:
                self.supervisor.add(PROGRAM, self.caddy.prepare(), self.home.logs / "caddy.log")
            elif known.state not in ("RUNNING", "STARTING", "BACKOFF"):
                self.caddy.prepare()
                self.supervisor.restart(PROGRAM)
            self.caddy.await_admin()
        if started:
            self.caddy.load()
        self.tasks.require_clock()
        if self._has_elastic():
            require_elastic(self.supervisor, self._elastic_settings())
        for service in sorted({each.service for each in self.ledger.replicas() if each.release == FROM_THE_TREE}):
            # Whoever ran it from the working tree is gone without having ended it.
            if self.records.holder(service) is None:
                self.settle(service, self.live(service))

    def faults(self) -> tuple[TargetFault, ...]:
        return (*self.orphans.faults(), *self._faults_of_programs())

    def _faults_of_programs(self) -> tuple[TargetFault, ...]:
        if not self.ledger.replicas() and not self.tasks.scheduled():
            return ()
        if not self.supervisor.alive():
            return (
                TargetFault("supervisord is not running: what still runs goes on, and what ends is not started again"),
            )
        found = self.supervisor.processes()
        programs = [] if self.caddy.alive() else [TargetFault("Caddy does not answer")]
        if not self.tasks.keeps_time():
            programs.append(TargetFault("nobody keeps the time: no job is started when it is due"))
        if not watches(self.supervisor):
            programs.append(TargetFault("nobody watches whether replicas are alive and within their memory"))
        if self._has_elastic() and not scales(self.supervisor):
            programs.append(TargetFault("nobody adds and ends replicas by load"))
        missing = [each for each in self.ledger.replicas() if each.name not in found]
        # Whoever deploys or stops the service writes a replica down before its program is there, and drops it after.
        left = [each for each in missing if self.records.holder(_owner(each)) is None]
        return (*programs, *(TargetFault(f"{each.name} is not kept by supervisor", _owner(each)) for each in left))

    def survivors(self, release: Release) -> tuple[Instance, ...]:
        return self.replicas.survivors(release)

    def addresses(self, service: str) -> Mapping[str, str]:
        ports = {name: port for each in self.ledger.replicas(service) for name, port in each.ports.items()}
        spec = self.system.services.get(service)
        if spec is not None and spec.kind == "backing":
            return {name: f"tcp://127.0.0.1:{port}" for name, port in sorted(ports.items())}
        return self.door.addresses(service)

    def serving(self, service: str) -> Mapping[int, int]:
        return self.door.serving(service)

    def scale(self, release: Release, replicas: int, why: str) -> None:
        if release.spec.runs_alone and replicas > 1:
            raise TargetError(f"one replica at most of {release.service} may write to what it keeps", "leave it at 1")
        before = self.wanted(release)
        by_hand = None if is_elastic(release.spec) else release.number
        change = Scaling(at=time.time(), release=release.number, before=before, after=replicas, why=why)
        write_scaled(self.home, release.service, Scaled(replicas=replicas, release=by_hand), change)
        try:
            self.settle(release.service, release)
        except TargetError as error:
            back = Scaling(at=time.time(), release=release.number, before=replicas, after=before, why=error.message)
            write_scaled(self.home, release.service, Scaled(replicas=before, release=by_hand), back)
            self.settle(release.service, release)
            raise

    def scalings(self, service: str) -> Sequence[Scaling]:
        scaled = read_scaled(self.home, service)
        return () if scaled is None else scaled.scalings

    def blocked(self, service: str) -> str:
        scaled, release = read_scaled(self.home, service), self.live(service)
        return scaled.blocked if scaled is not None and release is not None and is_elastic(release.spec) else ""

    def _has_elastic(self) -> bool:
        live = (self.live(name) for name in self.records.services()) if can_measure() else ()
        return any(each is not None and is_elastic(each.spec) for each in live)

    def _elastic_settings(self) -> Settings:
        secrets = self.replicas.secrets_file
        return Settings(
            home=str(self.home.root),
            environment=self.replicas.environment,
            secrets_file=None if secrets is None else str(secrets),
            hosts=self.caddy.hosts,
        )

    def logs(self, service: str, lines: int, follow: bool, since: float | None = None) -> Iterator[LogLine]:
        specs = [each.spec for each in (self.live(service),) if each is not None]
        specs += [self.system.services[service]] if service in self.system.services else []
        hidden = [value for spec in specs for value in secrets_file.values(spec.secrets, self.replicas.secrets_file)]
        hidden += [value for each in (self.live(service),) if each is not None for value in self.replicas.hidden(each)]
        found = output.follow(
            lambda: {each.name: self.replicas.log(each) for each in self.ledger.replicas(service) if not each.calling},
            lines,
            follow,
            since,
        )
        return (LogLine(each.instance, secrets_file.redact(each.text, hidden)) for each in found)

    def differences(self, release: Release, live: Release | None) -> tuple[str, ...]:
        return ()

    def shut_down(self) -> None:
        """Stop supervisord and Caddy, when no replica is left, and give the stable ports back."""
        if self.ledger.replicas() or self.tasks.scheduled():
            return
        self.supervisor.stop()
        self.caddy.end()
        launch.end_all(lambda: find_base(self.home))
        end_watch(self.home)
        self.tasks.end_clock()
        launch.end_process(elastic_pid_file(self.home))
        for path in self.home.programs.glob("*.conf"):
            path.unlink()
        self.ledger.forget_ports()

    def _address(self, service: str, endpoint: Endpoint) -> str:
        return f"127.0.0.1:{self.door.stable_port(service, endpoint)}"

    def _await_ready(self, placement: Placement, release: Release) -> None:
        def waiting() -> list[Instance]:
            return [each for each in self.replicas.observe(placement) if each.condition is not Condition.READY]

        if left := wait_while(waiting, release.spec.health.startup.within + _SLACK_SECONDS, self.poll):
            raise TargetError(
                f"{left[0].name} does not become ready: {left[0].reason}",
                f"`platform logs {release.service}` shows what it says",
            )


def local_target(root: Path, system: System) -> LocalTarget:
    """The local target of one environment of a checkout; nothing is started or written yet."""
    environment = system.environment or DEFAULT
    home = home_of(root, environment)
    database = Database(home.database)
    ledger = Ledger(database, is_free)
    supervisor, builds = Supervisor(home), Builds(home)
    file = secrets_file.secrets_file(root, system.platform.name, system.settings, environment)
    replicas = Replicas(home, ledger, supervisor, builds, environment, file)
    records = SqliteRecords(database, home.locks)
    lost, orphans = LostRecords(home, database), Orphans(home, ledger, supervisor)
    caddy = Caddy(home, ledger, _hosts(system))
    door = FrontDoor(home, ledger, caddy, replicas)
    tasks = LocalTasks(home, supervisor, replicas)
    return LocalTarget(
        root, system, home, ledger, builds, supervisor, caddy, replicas, door, records, database, lost, orphans, tasks
    )


def _hosts(system: System) -> tuple[str, ...]:
    """The names by which users, and containers, know this machine."""
    runner = find_runner() if any(is_image(each.build) for each in system.deployed.values()) else None
    known = (system.settings.host, runner.gateway if runner else None)
    return tuple(each for each in known if each)


def _token(release: Release) -> dict[str, str]:
    """What keeps requests to this release alone; a release that stands on another one's material gets its own."""
    token, owner = release.material.get("token"), release.material.get("token_of")
    own = owner == str(release.number) if owner is not None else release.repeats is None
    kept = token if token and own else random_source.token_hex(16)
    return {"token": kept, "token_of": str(release.number)}


def _owner(replica: Replica) -> str:
    """The service whose lock it was made under: on a rehearsal the one that is called."""
    return replica.service if replica.calling is None else replica.calling.partition("/")[0]
