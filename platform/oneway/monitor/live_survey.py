"""What there is to watch at this moment: live releases, what was stopped by hand, what is being deployed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from ..deploy import last_committed, live
from ..deploy.history import unfinished_release
from ..errors import OnewayError
from ..model import Service
from ..probe import Send
from ..targets.base import Placement, Release, Run, RunState, Site, State


@dataclass(frozen=True, slots=True)
class Presence:
    """One service as the records tell: its live release, the way to it, and what hides its secrets; else why there is
    none. `restarts` are not known before its replicas were seen once. `runs` are those that ended last, by job."""

    service: str
    spec: Service
    release: Release | None = None
    front: Callable[[str | None], Send] | None = None
    redact: Callable[[str], str] = str
    stopped: bool = False
    deploying: int | None = None
    restarts: int | None = 0
    absent: str = ""
    runs: Mapping[str, Run] = field(default_factory=dict)

    @property
    def failed_runs(self) -> Mapping[str, Run]:
        """Those of them that did not end well."""
        return {job: run for job, run in sorted(self.runs.items()) if run.state is not RunState.PASSED}


@dataclass(frozen=True, slots=True)
class Survey:
    """Every service that is declared or was ever deployed. `fault` says why it may be out of date."""

    services: Mapping[str, Presence] = field(default_factory=dict)
    fault: str = ""


def take_survey(site: Site, declared: Mapping[str, Service], before: Survey) -> Survey:
    """Read the records, and look at the replicas. What cannot be read now is as it was before."""
    try:
        names = sorted({*declared, *site.records.services()})
    except Exception as error:
        return replace(before, fault=_fault("the records cannot be read", error))
    found: dict[str, Presence] = {}
    faults: list[str] = []
    for name in names:
        try:
            presence = _presence(site, name, declared.get(name), before.services.get(name))
        except Exception as error:
            faults.append(_fault(f"the records of {name} cannot be read", error))
            presence = before.services.get(name)
        if presence is not None:
            found[name] = presence
    return Survey(found, faults[0] if faults else "")


def _presence(site: Site, name: str, declared: Service | None, before: Presence | None) -> Presence | None:
    releases = site.records.releases(name)
    release, last, unfinished = live(releases), last_committed(releases), unfinished_release(releases)
    deploying = unfinished.number if unfinished is not None and site.records.holder(name) is not None else None
    if release is None:
        spec = last.spec if last is not None else declared
        if spec is None:
            return None
        stopped = last is not None and last.state is State.STOPPED
        absent = "stopped by hand" if stopped else "not deployed here"
        return Presence(name, spec, stopped=stopped, deploying=deploying, absent=absent)
    return Presence(
        name,
        release.spec,
        release,
        lambda endpoint: site.front(release, endpoint),
        lambda text: site.redact(release, text),
        deploying=deploying,
        restarts=_restarts(site, release, before),
        runs=_ended_runs(site, release, before),
    )


def _restarts(site: Site, release: Release, before: Presence | None) -> int | None:
    """How often its replicas were started again; as it was, where they cannot be seen now."""
    try:
        return sum(each.restarts for each in site.observe(Placement(release)))
    except Exception:
        same = before is not None and before.release is not None and before.release.number == release.number
        return before.restarts if before is not None and same else None


def _ended_runs(site: Site, release: Release, before: Presence | None) -> Mapping[str, Run]:
    """Of each job the run that ended last; as it was, where they cannot be seen now. Of one that goes on nothing is
    known yet."""
    if not release.spec.jobs:
        return {}
    try:
        runs = site.tasks.runs(release.service)
    except Exception:
        return before.runs if before is not None else {}
    ended = [each for each in reversed(runs) if each.job in release.spec.jobs and each.state is not RunState.RUNNING]
    return {each.job: each for each in ended}


def _fault(what: str, error: Exception) -> str:
    said = error.message if isinstance(error, OnewayError) else f"{type(error).__name__}: {error}"
    return f"{what}: {' '.join(said.split())}; watching goes on with what was known"
