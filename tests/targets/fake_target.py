"""A target in memory, with a clock of its own, that can be killed at any instant.

`FakeTarget` is one tool's view of a `World`. Every operation is made of small steps. `FakeTarget.on_step` is called
before and after each, and may raise `Killed`: the steps done so far stay, as after SIGKILL. The same contract suite
passes on this and on real targets.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from fake_world import FakeClock, Key, Process, World
from msgspec.structs import replace

from oneway.model import Service
from oneway.model.secrets import redact
from oneway.probe import Answer, NoAnswer, Outgoing, Send
from oneway.targets.base import (
    Condition,
    Evidence,
    Holder,
    Instance,
    Locked,
    Placement,
    Release,
    Run,
    RunState,
    Say,
    Served,
    TargetError,
    Task,
    Used,
)


class Killed(BaseException):
    """The tool was killed: nothing after this is done by it, not even cleaning up."""


class FakeRecords:
    def __init__(self, target: "FakeTarget") -> None:
        self._target = target
        self._world = target.world

    @contextmanager
    def lock(self, service: str, holder: Holder) -> Iterator[None]:
        self._target.step("lock")
        if service in self._world.holders:
            raise Locked(service, self._world.holders[service][1])
        self._world.holders[service] = (id(self._target), holder)
        try:
            yield
        finally:
            # Whoever dies lets go: the kernel sees to it.
            del self._world.holders[service]

    def holder(self, service: str) -> Holder | None:
        held = self._world.holders.get(service)
        return held[1] if held else None

    def services(self) -> tuple[str, ...]:
        return tuple(sorted(name for name, found in self._world.records.items() if found))

    def releases(self, service: str) -> tuple[Release, ...]:
        found = self._world.records.get(service, {})
        return tuple(found[number] for number in sorted(found, reverse=True))

    def create(self, draft: Release) -> Release:
        with self._target.atomic("create", draft.service):
            found = self._world.records.setdefault(draft.service, {})
            release = replace(draft, number=max(found, default=0) + 1)
            found[release.number] = release
        return release

    def save(self, release: Release) -> None:
        with self._target.atomic("save", release.service):
            self._world.records[release.service][release.number] = release


class FakeTasks:
    """Runs go on whoever is gone; how one ends is the content's behaviour."""

    def __init__(self, target: "FakeTarget") -> None:
        self._target, self._world = target, target.world

    def start(self, task: Task) -> None:
        key = (task.release.service, task.name, task.run)
        if key not in self._world.runs:
            with self._target.atomic("run", task.release.service):
                self._world.runs[key] = self._world.time
                self._world.ran.append((task.name, task.release.version))

    def look(self, task: Task) -> Run:
        self._target.step("observe")
        key = (task.release.service, task.name, task.run)
        if key not in self._world.runs:
            raise TargetError("it was never started", "start it")
        started, behaviour = self._world.runs[key], self._world.behaviour(task.release)
        over = self._world.time - started >= behaviour.before_seconds
        state = RunState(behaviour.before) if over else RunState.RUNNING
        reason = "it ended with status 1" if state is RunState.FAILED else ""
        return Run(task.name, task.run, task.release.number, state, started, reason=reason)

    def runs(self, service: str) -> Sequence[Run]:
        return ()


class FakeTarget:
    poll = 0.1
    name = "fake"

    def __init__(self, world: World, on_step: Callable[[str], None] = lambda _: None) -> None:
        self.world = world
        self.on_step = on_step
        self.clock = FakeClock(world)
        self._records = FakeRecords(self)
        self._tasks = FakeTasks(self)
        self._dead = False
        self._turn: Counter[str] = Counter()

    @property
    def records(self) -> FakeRecords:
        return self._records

    @property
    def tasks(self) -> FakeTasks:
        return self._tasks

    def step(self, name: str) -> None:
        if self._dead:
            raise Killed
        try:
            self.on_step(name)
        except Killed:
            self._dead = True
            raise

    @contextmanager
    def atomic(self, name: str, service: str) -> Iterator[None]:
        self.step(f"before {name}")
        held = self.world.holders.get(service)
        if name != "create" or held is not None:
            assert held is not None, f"{name} without the lock of {service}"
            assert held[0] == id(self), f"{name} under somebody else's lock"
        yield
        self.step(f"after {name}")

    def wanted(self, release: Release) -> int:
        return release.spec.min_replicas

    def require_runnable(self, draft: Release) -> None:
        if draft.content in self.world.unmet:
            raise TargetError(self.world.unmet[draft.content], "mend it")

    def configuration(self, spec: Service) -> Mapping[str, str]:
        return {variable: f"digest of {self.world.secrets.get(ref.key)}" for variable, ref in spec.secrets.items()}

    def prepare(self, release: Release, say: Say) -> Mapping[str, str]:
        with self.atomic("build", release.service):
            self.world.built.add(release.content)
        return {**release.material, "built": "yes"}

    def ensure(self, placement: Placement, replicas: int) -> None:
        if placement.release.content not in self.world.built:
            raise TargetError("there is no build", "build it")
        for slot in range(replicas):
            self._start(placement, slot)

    def observe(self, placement: Placement, patience: float | None = None) -> tuple[Instance, ...]:
        self.step("observe")
        found = []
        for slot, process in sorted(self.world.processes.get(_key(placement), {}).items()):
            condition, reason = self.world.condition(_key(placement), process, placement.release)
            name = f"{placement.release.service}.{placement.release.number}.{slot}"
            port_taken = condition is Condition.FAILED and self.world.behaviour(placement.release).port_taken
            found.append(Instance(name, condition, reason, process.restarts, process.started, port_taken=port_taken))
        return tuple(found)

    def direct(self, placement: Placement, endpoint: str | None) -> Send:
        def send(outgoing: Outgoing) -> Answer:
            ready = self._ready(_key(placement), placement.release)
            if not ready:
                raise NoAnswer("connection refused")
            return self._answer(placement.release, placement.calling, outgoing.path)

        return send

    def front(self, release: Release, endpoint: str | None) -> Send:
        def send(outgoing: Outgoing) -> Answer:
            if release.number not in self.world.shares.get(release.service, {}):
                raise NoAnswer("the front door does not know it")
            if not self._ready((release.service, release.number, None), release):
                raise NoAnswer("connection refused")
            if self.world.behaviour(release).fails_alone_at_front:
                return Answer(500, {}, b"", 0.01)
            return self._answer(release, None, outgoing.path)

        return send

    def redact(self, release: Release, text: str) -> str:
        return redact(text)

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        shares = {new.number: 100 if old is None else percent}
        if old is not None:
            shares[old.number] = 100 - percent
        with self.atomic("shift", new.service):
            if shares != self.world.shares.get(new.service):
                self.world.full_since[new.service] = self.world.time
            self.world.shares[new.service] = shares

    def stop_traffic(self, new: Release, old: Release) -> None:
        if {new.number, old.number} <= set(self.world.shares.get(new.service, {})):
            with self.atomic("stop_traffic", new.service):
                self.world.shares[new.service] = {new.number: 0, old.number: 100}

    def used(self, placement: Placement) -> Sequence[Used]:
        return ()

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        """Users ask a hundred times in every span that is looked at; the answers are of the shares of now."""
        self.step("traffic")
        served = []
        for number, share in sorted(self.world.shares.get(service, {}).items()):
            release = self.world.records[service][number]
            bad = share >= self.world.behaviour(release).errors_from
            served += [Served(number, 500 if bad else 200, 0.01)] * share
        return served

    def settle(self, service: str, release: Release | None) -> None:
        if release is not None:
            others = [key for key in self.world.processes if key[0] == service and key[1:] != (release.number, None)]
            for key in others if release.spec.runs_alone else ():
                self._stop(key)
            self.ensure(Placement(release), release.spec.min_replicas)
            self._await_ready(release)
        stays = None if release is None else (service, release.number, None)
        with self.atomic("settle traffic", service):
            self.world.shares.pop(service, None)
            if release is not None:
                self.world.shares[service] = {release.number: 100}
        for key in [each for each in self.world.processes if _concerns(each, service) and each != stays]:
            self._stop(key)

    def make_room(self, new: Release, old: Release) -> None:
        self._stop((old.service, old.number, None))

    def clear(self, service: str, keep: Sequence[Release]) -> None:
        kept = {(service, each.number, None) for each in keep}
        for key in [each for each in self.world.processes if _concerns(each, service) and each not in kept]:
            self._stop(key)

    def remove(self, placement: Placement) -> None:
        self._stop(_key(placement))

    def evidence(self, placement: Placement) -> Evidence:
        return Evidence(events=tuple(f"{each.name}: {each.reason}" for each in self.observe(placement) if each.reason))

    def prune(self, service: str, keep: Sequence[Release]) -> None:
        self.step("prune")

    def users(self, service: str, count: int) -> list[str]:
        """What so many users are answered: the version that each got."""
        shares = self.world.shares.get(service, {})
        got = [self.world.records[service][number].version for number, share in shares.items() for _ in range(share)]
        return [got[at % len(got)] if got else "nobody" for at in range(count)]

    def _start(self, placement: Placement, slot: int) -> None:
        key = _key(placement)
        found = self.world.processes.get(key, {}).get(slot)
        committed = placement.release.committed is not None
        if found is not None and not found.dead and not (committed and self._is_dead(placement, found)):
            return
        restarts = found.restarts + 1 if found is not None and found.dead else 0
        with self.atomic(
            "start",
            placement.calling.service if placement.calling else placement.release.service,
        ):
            self.world.processes.setdefault(key, {})[slot] = Process(self.world.time, restarts)

    def _is_dead(self, placement: Placement, process: Process) -> bool:
        return self.world.condition(_key(placement), process, placement.release)[0] is Condition.FAILED

    def _stop(self, key: Key) -> None:
        """Processes end before they are forgotten, so that whoever is killed in between leaves dead ones."""
        if key in self.world.processes:
            owner = key[0] if key[2] is None else key[2].partition("/")[0]
            with self.atomic("stop", owner):
                for process in self.world.processes[key].values():
                    process.dead = "ended with exit status 0"
            with self.atomic("forget", owner):
                self.world.processes.pop(key, None)

    def _await_ready(self, release: Release) -> None:
        until = self.world.time + release.spec.health.startup.within
        while self.world.time < until:
            found = self.observe(Placement(release))
            ready = [each for each in found if each.condition is Condition.READY]
            if len(ready) == len(found) >= release.spec.min_replicas:
                return
            self.clock.sleep(self.poll)
        raise TargetError(
            f"{release.service} {release.version} does not become ready",
            "look at its logs",
        )

    def _ready(self, key: Key, release: Release) -> bool:
        processes = self.world.processes.get(key, {}).values()
        return any(self.world.condition(key, each, release)[0] is Condition.READY for each in processes)

    def _answer(self, release: Release, calling: Release | None, path: str) -> Answer:
        behaviour = self.world.behaviour(release)
        if calling is not None and self.world.behaviour(calling).breaks_callers:
            return Answer(502, {}, b"", 0.01)
        body = release.version
        if path == "/readyz" and behaviour.ready_at:
            return Answer(302, {"location": (behaviour.ready_at,)}, b"", 0.01)
        if path == "/call":
            body = calling.version if calling else self.users(release.spec.calls[0].to, 1)[0]
        return Answer(behaviour.check, {}, body.encode(), behaviour.check_seconds)


def _key(placement: Placement) -> Key:
    callee = placement.calling
    calling = None if callee is None else f"{callee.service}/{callee.number}"
    return (placement.release.service, placement.release.number, calling)


def _concerns(key: Key, service: str) -> bool:
    return key[0] == service if key[2] is None else key[2].partition("/")[0] == service


def spec_of(service: str, version: str, **fields: Any) -> Service:
    """A small service with one check, quick steps, and whatever else is given."""
    from oneway.manifest.decode import decode

    body = {
        "apiVersion": "oneway/v1",
        "service": service,
        "version": version,
        "owner": "ann",
        "domain": "works",
        "endpoints": [{"name": "http", "port": 8000}],
        "health": {"startup": {"path": "/readyz", "within": "3s"}, "ready": "/readyz"},
        "smoke": [{"name": "answers", "request": {"path": "/"}}],
        "rollout": {"steps": [10, 50, 100], "interval": "1s", "bake": "1s", "within": "60s", "judge": {"of": 1}},
    }
    return decode(body | fields, Service)
