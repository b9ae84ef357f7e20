"""Services run from the working tree, beside their releases: what `platform dev` does on this machine."""

from dataclasses import dataclass, field

from msgspec.structs import replace

from ...model import Service, System
from ...workspace import content_of
from ..base import Instance, Placement, Release, Say
from .builds.builds import remove
from .target import FROM_THE_TREE, LocalTarget


@dataclass(slots=True)
class Development:
    """The services of one environment that run from the working tree. The caller holds the lock of each."""

    target: LocalTarget
    who: str
    _running: dict[str, Release] = field(default_factory=dict)

    def content(self, spec: Service) -> str:
        """What the files of the service are now. OnewayError where some are missing."""
        return content_of(self.target.root, spec).digest

    def start(self, system: System, spec: Service, say: Say) -> Release:
        """Build it from the files of now and run it in the place of what ran of it; from now on users are led to it.
        TargetError where it cannot be built: then what runs goes on."""
        target, name = self.target, spec.name
        target.system = system
        draft = Release(
            service=name,
            number=FROM_THE_TREE,
            version=spec.version,
            content=self.content(spec),
            digest="",
            spec=spec,
            environment=system.environment or "local",
            author=self.who,
            started=0.0,
        )
        target.require_runnable(draft)
        release = replace(draft, material=target.prepare(draft, say))
        target.replicas.stop(target.replicas.of(Placement(release)))
        target.replicas.ensure(Placement(release), 1)
        target.door.lead_to(release, target.replicas.of(Placement(release)))
        before, self._running[name] = self._running.get(name), release
        if before is not None and before.content != release.content:
            self._forget(before)
        return release

    def look(self, release: Release) -> Instance | None:
        """How it fares; None where it was ended meanwhile."""
        return next(iter(self.target.observe(Placement(release))), None)

    def end(self, service: str) -> None:
        """What the records say serves again, alone, or nothing does; what it ran from is gone."""
        target = self.target
        live = target.live(service)
        target.settle(service, live)
        if (release := self._running.pop(service, None)) is not None:
            self._forget(release)
        for path in (target.home.logs / service).glob(f"{service}.{FROM_THE_TREE}.*"):
            path.unlink(missing_ok=True)
        remove(target.home.root / "scratch" / f"{service}.{FROM_THE_TREE}.0")

    def _forget(self, release: Release) -> None:
        """Delete its build, unless a release has the same content."""
        known = {each.content for each in self.target.records.releases(release.service)}
        if release.content not in known:
            remove(self.target.builds.folder(release.service, release.content))
