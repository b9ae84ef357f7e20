"""The development loop: services from the working tree, again with every change; the rest as they were released."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from ..deploy import live, stop
from ..errors import OnewayError, UsageError
from ..model import Service, System
from ..targets.base import Condition, Holder, Instance, Placement, Release, Say
from .bring_up import bring_up
from .open_environment import OpenEnvironment
from .read_manifests import require_sound

_LOOK_SECONDS: Final = 0.2

Tell = Callable[[str, str], None]
"""Takes a service, or nothing, and what is to be said of it."""
Changes = Callable[[Sequence[Path], threading.Event], Iterator[object]]
"""Yields whenever something below the paths has changed, until the event is set."""


class Workshop(Protocol):
    """What runs services from the working tree."""

    def content(self, spec: Service) -> str: ...

    def start(self, system: System, spec: Service, say: Say) -> Release: ...

    def look(self, release: Release) -> Instance | None: ...

    def end(self, service: str) -> None: ...


@dataclass(slots=True)
class Development:
    """The services `names` from the working tree, and what `tell` hears of it. `reread` reads the manifests anew."""

    opened: OpenEnvironment
    names: Sequence[str]
    workshop: Workshop
    reread: Callable[[], System]
    tell: Tell
    over: threading.Event
    _running: dict[str, tuple[str, Service]] = field(default_factory=dict)
    _started: list[str] = field(default_factory=list)

    @contextmanager
    def running(self) -> Iterator[None]:
        """While inside all of it runs; afterwards nothing does that did not before."""
        context = self.opened.rollout_context()
        who = f"{context.who.removesuffix(')')}, platform dev)"
        with ExitStack() as held:
            for name in self.names:
                held.enter_context(context.records.lock(name, Holder(who, context.clock.now())))
            try:
                self._bring_up_the_rest()
                self.refresh()
                yield
            finally:
                self._end()

    def watch(self, changes: Changes) -> None:
        """Start again what has changed, until it is over."""
        while not self.over.is_set():
            for _ in changes(self._watched(), self.over):
                if self.refresh():
                    # What is to be watched may be other files now.
                    break

    def refresh(self) -> bool:
        """Start each service whose files or manifest are others than what runs; whether there were any."""
        try:
            system = self.reread()
        except OnewayError as error:
            self.tell("", f"{error.message}: what runs goes on")
            for each in error.findings:
                self.tell("", f"{each.location}: {each.message}")
            return False
        changed = False
        for name in self.names:
            if self.over.is_set():
                break
            if name in system.services:
                changed |= self._refresh_one(system, system.services[name])
            else:
                self.tell(name, "no manifest declares it any more; it goes on")
        return changed

    def _refresh_one(self, system: System, spec: Service) -> bool:
        try:
            wanted = (self.workshop.content(spec), spec)
            if self._running.get(spec.name) == wanted:
                return False
            self._running[spec.name] = wanted
            release = self.workshop.start(system, spec, lambda text: self.tell(spec.name, text))
        except OnewayError as error:
            self.tell(spec.name, f"{error.message}{f' ({error.hint})' if error.hint else ''}")
            return True
        self.tell(spec.name, self._await(release))
        return True

    def _await(self, release: Release) -> str:
        until = time.monotonic() + release.spec.health.startup.within
        while True:
            found = self.workshop.look(release)
            if found is None:
                return "ended"
            if found.condition is Condition.READY:
                addresses = " ".join(self.opened.site.addresses(release.service).values())
                return f"runs from the working tree {addresses}".rstrip()
            if found.condition is Condition.FAILED or time.monotonic() > until or self.over.is_set():
                return f"does not run: {found.reason}; it is started again when its files change"
            time.sleep(_LOOK_SECONDS)

    def _watched(self) -> list[Path]:
        root = self.opened.reading.workspace.root
        files = [self.opened.reading.workspace.manifests]
        for name in self.names:
            spec = self._running[name][1] if name in self._running else self.opened.system.services[name]
            build = spec.build
            named = (build.path, build.dockerfile, *build.include, *spec.config.values())
            files += [root / each for each in named if each]
        return [each for each in dict.fromkeys(files) if each.exists()]

    def _bring_up_the_rest(self) -> None:
        rest = [name for name in self.opened.recorded if name not in self.names and name in self.opened.system.deployed]
        down = [name for name in rest if not self._serves(name)]
        self._started += down
        for each in bring_up(self.opened, down, down, lambda event: None):
            self.tell(each.service, each.text if each.error is None else f"{each.error.message}")
        for name in sorted(self.opened.system.deployed.keys() - {*self.names, *rest}):
            services = self.opened.system.services
            callers = [each for each in self.names if any(call.to == name for call in services[each].calls)]
            if callers:
                self.tell(name, f"was never deployed, and {', '.join(callers)} calls it: name it too, or deploy it")

    def _serves(self, name: str) -> bool:
        release = live(self.opened.site.records.releases(name))
        if release is None:
            return False
        try:
            return any(each.condition is Condition.READY for each in self.opened.site.observe(Placement(release)))
        except OnewayError:
            return False

    def _end(self) -> None:
        for name in self.names:
            try:
                self.workshop.end(name)
            except OnewayError as error:
                self.tell(name, f"{error.message}: `platform up` ends what is left")
        for name in self._started:
            try:
                stop(self.opened.rollout_context(), name)
            except OnewayError as error:
                self.tell(name, error.message)
        self.opened.site.shut_down()


def choose_services(opened: OpenEnvironment, names: Sequence[str]) -> list[str]:
    """The services named, or all that the environment runs. UsageError for one that no manifest declares or that is
    left out."""
    system = require_sound(opened.reading)
    chosen = opened.services(names) or sorted(system.deployed)
    for name in chosen:
        if system.leaves_out(name):
            raise UsageError(f"{name} is left out of {opened.name}", f"{system.files[name]} says `deploy: false`")
    if not chosen:
        raise UsageError("there is no service to run", "`platform new SERVICE` starts one")
    return chosen
