"""What runs, in which version, and how healthy it is, as records and target say at this moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..deploy import changed_secrets, last_committed, live, unfinished
from ..errors import OnewayError
from ..model import System
from ..targets.base import Condition, Holder, Instance, Placement, Release, Run, RunState, TargetFault
from .open_environment import OpenEnvironment


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service at this moment.

    `release` serves or should; `stopped` was stopped by hand, `cut_off` is one whose rollout nobody finished, `holder`
    deploys it now. `wanted` is how many replicas there are to be, and `blocked` why there are no more. `left_out` is
    declared, and not meant to run in this environment; `lacks` names what it calls of that kind. It is not `supervised`
    while what it runs on has faults: then nobody starts again what ends.
    """

    service: str
    declared: bool
    supervised: bool
    release: Release | None
    stopped: Release | None
    cut_off: Release | None
    holder: Holder | None
    instances: tuple[Instance, ...]
    addresses: Mapping[str, str]
    shares: Mapping[int, int]
    changed_secrets: tuple[str, ...] = ()
    runs: tuple[Run, ...] = ()
    wanted: int = 1
    blocked: str = ""
    left_out: bool = False
    lacks: tuple[str, ...] = ()

    @property
    def last_runs(self) -> dict[str, Run]:
        """The newest run of each of its jobs."""
        jobs = self.release.spec.jobs if self.release is not None else {}
        return {name: run for name in sorted(jobs) for run in [each for each in self.runs if each.job == name][:1]}

    @property
    def failed_jobs(self) -> dict[str, Run]:
        """Those of them that did not end well."""
        return {name: run for name, run in self.last_runs.items() if run.state in (RunState.FAILED, RunState.CUT_OFF)}

    @property
    def ready(self) -> int:
        """How many replicas are ready."""
        return sum(each.condition is Condition.READY for each in self.instances)

    @property
    def health(self) -> str:
        """Its health in one word."""
        if self.release is None and self.left_out:
            return "left out"
        if self.release is None:
            return "stopped" if not self.instances else "unknown"
        if self.failed_jobs:
            return "degraded" if self.supervised else "down"
        if self.release.spec.kind == "job":
            return "healthy" if self.supervised else "down"
        if self.supervised and self.ready and self.ready == len(self.instances) >= self.wanted:
            return "healthy"
        return "degraded" if self.ready else "down"

    @property
    def concerns_anybody(self) -> bool:
        """Whether it is worth a line where nobody asked for it by name."""
        return bool(self.declared or self.release or self.cut_off or self.holder)


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """Services at this moment, what is wrong with what they run on, and which other environments run there."""

    services: tuple[ServiceStatus, ...]
    faults: tuple[TargetFault, ...]
    neighbours: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether everything that should run is healthy."""
        return not self.faults and all(each.health == "healthy" for each in self.services if each.release)


def look(opened: OpenEnvironment, names: Iterable[str] = ()) -> SystemStatus:
    """The services named, or all that anybody is concerned with. UsageError for a name that nobody knows."""
    asked = list(names)
    recorded = opened.recorded
    chosen = opened.services(asked or sorted({*opened.system.services, *recorded}), recorded)
    faults = opened.site.faults()
    found = (_look_at(opened, name, not any(each.service in (None, name) for each in faults)) for name in chosen)
    return SystemStatus(
        tuple(each for each in found if asked or each.concerns_anybody), faults, opened.site.neighbours()
    )


def _look_at(opened: OpenEnvironment, name: str, supervised: bool) -> ServiceStatus:
    site = opened.site
    releases = site.records.releases(name)
    release = live(releases)
    return ServiceStatus(
        name,
        declared=name in opened.system.services,
        supervised=supervised,
        release=release,
        stopped=None if release else last_committed(releases),
        cut_off=unfinished(opened.rollout_context(), name),
        holder=site.records.holder(name),
        instances=_instances(opened, release, supervised) if release else (),
        addresses=site.addresses(name) if release else {},
        shares=site.serving(name),
        changed_secrets=_changed_secrets(opened, release) if release else (),
        runs=_runs(opened, release) if release else (),
        wanted=site.wanted(release) if release else 0,
        blocked=site.blocked(name) if release else "",
        left_out=opened.system.leaves_out(name),
        lacks=_left_out_callees(opened.system, name),
    )


def _left_out_callees(system: System, name: str) -> tuple[str, ...]:
    """What a service that is deployed calls, and the environment leaves out."""
    spec = system.deployed.get(name)
    return tuple(sorted({call.to for call in spec.calls if system.leaves_out(call.to)})) if spec else ()


def _changed_secrets(opened: OpenEnvironment, release: Release) -> tuple[str, ...]:
    """Which secrets are not those that the release was started with; nothing where they cannot be read."""
    try:
        return changed_secrets(opened.site.configuration(release.spec), release)
    except OnewayError:
        return ()


def _runs(opened: OpenEnvironment, release: Release) -> tuple[Run, ...]:
    """The runs of its jobs; nothing of a target that cannot be asked."""
    if not release.spec.jobs:
        return ()
    try:
        return tuple(opened.site.tasks.runs(release.service))
    except OnewayError:
        return ()


def _instances(opened: OpenEnvironment, release: Release, supervised: bool) -> tuple[Instance, ...]:
    """Its replicas; of a target that cannot be asked, those that still answer."""
    if supervised:
        try:
            return opened.site.observe(Placement(release))
        except OnewayError:
            pass
    return opened.site.survivors(release)
