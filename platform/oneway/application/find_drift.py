"""The declared calls beside what files, code and traffic show."""

from collections.abc import Sequence
from pathlib import Path

from ..evidence import Drift, Observed, ObservedService, compare
from ..graph import build
from ..model import System
from .evidence_files import observe_paths


def find_drift(
    system: System, root: Path, paths: Sequence[Path], code: Sequence[Path], traffic: Sequence[Path]
) -> tuple[Drift, Observed]:
    """Where both disagree, and everything that was seen."""
    declared = [_declared(system, name) for name in system.services]
    observed = observe_paths(paths, code, traffic, declared, root)
    manifests = set(system.files.values())
    described = frozenset(each.name for each in observed.services if each.source not in manifests)
    return compare(build(system), observed, described), observed


def _declared(system: System, name: str) -> ObservedService:
    spec = system.services[name]
    return ObservedService(
        name=name,
        source=system.files[name],
        folder=spec.build.path,
        ports={each.name: each.port for each in spec.endpoints},
    )
