"""Why a deploy is refused before anything is touched, with the way out. Pure functions over records and manifests."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from ..model import Call, Environment, Service, System
from ..model.versions import accepts
from ..targets.base import Release, State
from .history import rolled_back_contents


@dataclass(frozen=True, slots=True)
class Refusal:
    """What stands against deploying a service, and what to do."""

    service: str
    reason: str
    hint: str

    def as_json(self) -> dict[str, str]:
        return {"service": self.service, "reason": self.reason, "hint": self.hint}


def frozen(names: Iterable[str], environment: str, settings: Environment) -> list[Refusal]:
    """An environment that is frozen takes no deploys; a rollback by hand still goes."""
    if settings.frozen is None:
        return []
    hint = f"take `frozen` out of environments.{environment} when it is over; `platform rollback` still works"
    return [Refusal(name, f"{environment} is frozen: {settings.frozen}", hint) for name in names]


def left_out(system: System, names: Iterable[str]) -> list[Refusal]:
    """What the environment leaves out is not deployed to it."""
    environment = system.environment or "local"
    return [
        Refusal(
            name,
            f"{name} is left out of {environment}: {system.files[name]} says `deploy: false`",
            f"take that out of environments.{environment}, or deploy it to another environment with --env",
        )
        for name in sorted(names)
        if system.leaves_out(name)
    ]


def same_version(spec: Service, content: str, releases: Sequence[Release]) -> list[Refusal]:
    """A version number names one content for ever."""
    for each in releases:
        if each.version == spec.version and each.content != content and each.state is not State.INTERRUPTED:
            return [
                Refusal(
                    spec.name,
                    f"{spec.name} {spec.version} was deployed with other content (release {each.number})",
                    f"raise `version` in {spec.name}'s manifest: one version names one content",
                )
            ]
    return []


def taken_back(spec: Service, digest: str, releases: Sequence[Release], again: bool) -> list[Refusal]:
    """What was rolled back is not tried again unless it changes, or somebody insists."""
    release = rolled_back_contents(releases).get(digest)
    if release is None or again:
        return []
    why = f": {release.reason}" if release.reason else " by hand"
    return [
        Refusal(
            spec.name,
            f"{spec.name} {spec.version} was rolled back in release {release.number}{why}",
            "change what was wrong and raise the version, or insist with --again",
        )
    ]


def missing_callees(
    spec: Service,
    running: Mapping[str, str],
    coming: Mapping[str, str],
    externals: Iterable[str],
    left_out: Container[str] = (),
) -> tuple[list[Refusal], list[str]]:
    """Callees that neither run nor come, or not in a wanted version: refusals for required ones, warnings for others.

    `running` and `coming` are versions by service.
    """
    refusals: list[Refusal] = []
    warnings: list[str] = []
    for call in spec.calls:
        if call.to in externals:
            continue
        fault = _fault(call, coming.get(call.to) or running.get(call.to))
        if fault and call.to in left_out:
            # Who needs it does not fit this environment, and that is said with the way out.
            fault = "" if call.required else "this environment leaves out"
        if fault and call.required:
            hint = f"deploy it first: `platform deploy {call.to}`, or use --with-calls"
            refusals.append(Refusal(spec.name, f"{spec.name} calls {call.to}, which {fault}", hint))
        elif fault:
            warnings.append(f"{spec.name} calls {call.to}, which {fault}; it answers without it, degraded")
    return refusals, warnings


def unwanted_by_callers(spec: Service, callers: Iterable[Release], coming: Mapping[str, str]) -> list[Refusal]:
    """Callers that run, and that do not accept this version."""
    return [
        Refusal(
            spec.name,
            f"{caller.service} {caller.version} runs and calls {spec.name} {call.version}, not {spec.version}",
            f"deploy a {caller.service} first that accepts {spec.version}, or keep the old interface",
        )
        for caller in callers
        if caller.service not in coming
        for call in caller.spec.calls
        if call.to == spec.name and not _wants(call, spec.version)
    ]


def _fault(call: Call, version: str | None) -> str:
    if version is None:
        return "is not running"
    return "" if _wants(call, version) else f"runs as {version}, and {call.version} is wanted"


def _wants(call: Call, version: str) -> bool:
    """Whether a call takes this version; a range that nobody can read (`check` says so) takes none."""
    try:
        return call.version is None or accepts(call.version, version)
    except ValueError:
        return False
