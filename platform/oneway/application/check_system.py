"""Every rule over a workspace: read, load, audit, locate; or what was found last time, when nothing has changed."""

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import Finding
from ..manifest import load
from ..rules import Before, audit
from ..workspace import Workspace
from .check_cache import Memory, Remembered
from .reading import read_texts


@dataclass(frozen=True, slots=True)
class Audited:
    """Located findings, sorted, and the counts of what was looked at: services with faults are services too."""

    findings: tuple[Finding, ...]
    services: int
    calls: int


def audited(workspace: Workspace, env: str | None, base: str | None, today: date) -> Audited:
    """Every finding of the workspace. With `base`, the rules that compare revisions speak as well."""
    texts = workspace.read()
    files = Files(workspace.root)
    memory = Memory.of(workspace.root, texts, env, today) if base is None else None
    known = memory.recall(files.exists) if memory else None
    if known is not None:
        return Audited(known.findings, known.services, known.calls)
    reading = read_texts(workspace, texts, env)
    before = _before(workspace, base, env) if base is not None else None
    findings = tuple(reading.located(audit(reading.loaded, today, files.exists, before)))
    services = reading.system.services
    declared = len(services) + len(reading.system.unreadable)
    result = Audited(findings, declared, sum(len(each.calls) for each in services.values()))
    if memory:
        memory.keep(Remembered(result.findings, result.services, result.calls, files.answers))
    return result


class Files:
    """Answers whether a path is a file, once for each path, and knows what it answered."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self.answers: dict[str, bool] = {}

    def exists(self, path: str) -> bool:
        """Whether this path below the root is a file."""
        if path not in self.answers:
            self.answers[path] = os.path.isfile(os.path.join(self._root, path))
        return self.answers[path]


def _before(workspace: Workspace, base: str, env: str | None) -> Before:
    return Before(base, load(workspace.at(base).files, env).system, workspace.changed(base))
