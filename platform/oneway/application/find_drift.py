"""The declared calls beside what files, code and traffic show."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..evidence import Drift, Fact, Observed, ObservedService, compare
from ..evidence.mentions import Alias
from ..graph import build
from ..model import System
from .evidence_files import observe_paths


def find_drift(
    system: System,
    root: Path,
    paths: Sequence[Path],
    code: Sequence[Path],
    traffic: Sequence[Path],
    since: float | None = None,
    more: Iterable[Fact] = (),
) -> tuple[Drift, Observed]:
    """Where both disagree, and everything that was seen. Externals are known, by their names and hosts."""
    declared = [_declared(system, name) for name in system.services]
    externals = [ObservedService(name, system.platform_file) for name in system.platform.externals]
    hosts = [Alias(each.host, name) for name, each in system.platform.externals.items() if each.host]
    observed = observe_paths(paths, code, traffic, [*declared, *externals], root, since, [*more, *hosts])
    own = {*system.files.values(), system.platform_file}
    described = frozenset(each.name for each in observed.services if each.source not in own)
    outside = {
        (name, call.to)
        for name, service in system.services.items()
        for call in service.calls
        if call.to in system.platform.externals
    }
    return compare(build(system), observed, described, frozenset(system.platform.externals), outside), observed


def without_accepted(drift: Drift, system: System, today: date) -> Drift:
    """The same without what the calling services accept; `accepted` counts it."""
    accepted = {
        (name, entry.rule)
        for name, service in system.services.items()
        for entry in service.accept
        if entry.until is None or today <= entry.until
    }

    def is_left(source: str, rule: str) -> bool:
        return (source, rule) not in accepted

    undeclared = tuple(each for each in drift.undeclared if is_left(each[0].source, "drift-undeclared-call"))
    unseen = tuple(each for each in drift.unseen if is_left(each[0], "drift-unseen-call"))
    return replace(
        drift,
        undeclared=undeclared,
        unseen=unseen,
        missing=tuple(each for each in drift.missing if each in unseen),
        accepted=len(drift.undeclared) - len(undeclared) + len(drift.unseen) - len(unseen),
    )


def _declared(system: System, name: str) -> ObservedService:
    spec = system.services[name]
    return ObservedService(
        name=name,
        source=system.files[name],
        folder=spec.build.path,
        ports={each.name: each.port for each in spec.endpoints},
    )
