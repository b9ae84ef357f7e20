"""From the options that every command takes to a system that was read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import Finding, OnewayError, Severity, UsageError
from ..manifest import Loaded, load, locate
from ..model import System
from ..rules import audit
from ..workspace import Texts, Workspace, find


@dataclass(frozen=True, slots=True)
class Reading:
    """The workspace, and what its manifests say for one environment. Findings are unlocated."""

    workspace: Workspace
    loaded: Loaded

    @property
    def system(self) -> System:
        """The services whose manifests could be read."""
        return self.loaded.system

    def located(self, findings: tuple[Finding, ...] | list[Finding]) -> list[Finding]:
        """The findings at their lines, sorted."""
        return locate(findings, self.workspace.content, self.system.environment)


def read_system(manifests: Path | None, env: str | None) -> Reading:
    """Read all manifests. UsageError when there are none, or when the environment is not declared."""
    workspace = find(manifests)
    return read_texts(workspace, workspace.read(), env)


def read_texts(workspace: Workspace, texts: Texts, env: str | None) -> Reading:
    """What manifests that were read already say. UsageError as `read_system`."""
    if not texts.files and not texts.findings:
        raise UsageError(
            f"there is no manifest in {workspace.manifests}",
            "start one with `platform new SERVICE`, or name the folder with --manifests",
        )
    loaded = load(texts.files, env)
    loaded = Loaded(loaded.system, (*texts.findings, *loaded.findings), loaded.faulty)
    _known_environment(loaded, env)
    return Reading(workspace, loaded)


def deploy_environment(loaded: Loaded, env: str | None) -> str | None:
    """The environment that running commands use: the one asked for, else `local` where it is declared."""
    return env or ("local" if "local" in loaded.system.platform.environments else None)


def require_good(reading: Reading, today: date) -> System:
    """The system, when no rule finds an error in it; OnewayError with the findings otherwise. Deploying asks this."""
    files = reading.workspace.root
    findings = audit(reading.loaded, today, lambda path: (files / path).is_file())
    return _refuse_errors(reading, findings)


def require_sound(reading: Reading) -> System:
    """The system, when every manifest could be read; OnewayError with the findings otherwise."""
    return _refuse_errors(reading, reading.loaded.findings)


def _refuse_errors(reading: Reading, findings: Iterable[Finding]) -> System:
    errors = [each for each in findings if each.severity is Severity.ERROR]
    if errors:
        raise OnewayError(
            f"{len(errors)} fault{'s' * (len(errors) > 1)} in the manifests",
            "mend them first; `platform check` lists them all",
            reading.located(errors),
        )
    return reading.system


def _known_environment(loaded: Loaded, env: str | None) -> None:
    environments = loaded.system.platform.environments
    broken = any(
        each.severity is Severity.ERROR and each.location.file == loaded.system.platform_file
        for each in loaded.findings
    )
    if env is not None and env not in environments and not broken:
        known = ", ".join(sorted(environments)) or "none"
        raise UsageError(
            f"environment {env} is not declared in {loaded.system.platform_file}", f"declared there: {known}"
        )
