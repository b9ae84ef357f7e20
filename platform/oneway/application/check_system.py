"""Every rule over a workspace: read, load, audit, locate; or what was found last time, when nothing has changed."""

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from ..errors import Finding, Severity, UsageError
from ..manifest import load
from ..model import Service
from ..model.fitness import Misfit
from ..rules import Before, audit, baseline
from ..workspace import Workspace, write_file
from .check_cache import CheckCache, KnownResult
from .compare_descriptions import breaks_since
from .read_manifests import read_texts

Lacks = Callable[[Path, Service], Iterable[Misfit]]
"""What this machine lacks to run a service of the repository with that root."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Located findings, sorted, and the counts of what was looked at: services with faults are services too."""

    findings: tuple[Finding, ...]
    services: int
    calls: int

    @property
    def good(self) -> bool:
        """Whether no finding is an error."""
        return all(each.severity is not Severity.ERROR for each in self.findings)


def check_system(
    workspace: Workspace, env: str | None, base: str | None, today: date, lacks: Lacks = lambda root, service: ()
) -> CheckResult:
    """Every finding of the workspace. With `base`, the rules that compare revisions speak as well. `lacks` tells what
    this machine lacks to run a service; what it said is asked anew every time."""
    texts = workspace.read()
    files, machine = _Files(workspace.root), _Machine(workspace.root, lacks)
    cache = CheckCache.of(workspace.root, texts, env, today) if base is None else None
    known = cache.read(files.exists) if cache else None
    if known is not None:
        return CheckResult(known.findings, known.services, known.calls)
    reading = read_texts(workspace, texts, env)
    before = _before(workspace, base, env, reading.system.services) if base is not None else None
    findings = tuple(reading.located(audit(reading.loaded, today, files.exists, before, machine.lacks)))
    services = reading.system.services
    declared = len(services) + len(reading.system.unreadable)
    result = CheckResult(findings, declared, sum(len(each.calls) for each in services.values()))
    if cache and not machine.asked:
        cache.write(KnownResult(result.findings, result.services, result.calls, files.answers))
    return result


def forgive(result: CheckResult, file: Path, write: bool) -> CheckResult:
    """Without the findings that the baseline lists; with `write` it is made, or loses its stale lines, first."""
    findings = list(result.findings)
    if not file.exists():
        if not write:
            raise UsageError(f"there is no baseline {file}", "make it once with --write-baseline")
        write_file(file, baseline.first(findings))
    elif write:
        write_file(file, baseline.shrunk(findings, str(file), _text(file)))
    return replace(result, findings=tuple(baseline.forgive(findings, str(file), _text(file))))


class _Files:
    """Answers whether a path is a file, once for each path, and knows what it answered."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self.answers: dict[str, bool] = {}

    def exists(self, path: str) -> bool:
        """Whether this path below the root is a file, or a folder where it ends in `/`."""
        if path not in self.answers:
            look = os.path.isdir if path.endswith("/") else os.path.isfile
            self.answers[path] = look(os.path.join(self._root, path))
        return self.answers[path]


class _Machine:
    """Tells what it lacks for a service, and knows whether it was asked."""

    def __init__(self, root: Path, lacks: Lacks) -> None:
        self._root, self._lacks = root, lacks
        self.asked = False

    def lacks(self, service: Service) -> Iterable[Misfit]:
        """What is missing to run the service here."""
        self.asked = True
        return self._lacks(self._root, service)


def _before(workspace: Workspace, base: str, env: str | None, services: Mapping[str, Service]) -> Before:
    system, changed = load(workspace.at(base).files, env).system, workspace.changed(base)
    return Before(base, system, changed, breaks_since(workspace, base, system, services, changed))


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{file} cannot be read: {error}", "name a baseline that --write-baseline made") from None
