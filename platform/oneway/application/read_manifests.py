"""From a folder of manifests to a system that was read, for one environment. Each file is read once."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..errors import Finding, OnewayError, Severity, UsageError
from ..manifest import Loaded, environments_of, load, locate
from ..model import System
from ..rules import audit
from ..workspace import Texts, Workspace, find
from .bundles.at_site import bundled_environment


@dataclass(frozen=True, slots=True)
class Reading:
    """The workspace, its manifests as text, and what they say for one environment. Findings are unlocated."""

    workspace: Workspace
    texts: Texts
    loaded: Loaded

    @property
    def system(self) -> System:
        """The services whose manifests could be read."""
        return self.loaded.system

    def located(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings at their lines, sorted."""
        return locate(findings, self.workspace.content, self.system.environment)

    def audit(self, today: date) -> list[Finding]:
        """What every rule says about it, unlocated."""
        return audit(self.loaded, today, self.workspace.has_file)

    def in_environment(self, env: str | None) -> "Reading":
        """The same manifests for another environment. UsageError when it is not declared."""
        return read_texts(self.workspace, self.texts, env)


def read_system(manifests: Path | None, env: str | None) -> Reading:
    """Read all manifests. UsageError when there are none, or when the environment is not declared."""
    workspace = find(manifests)
    return read_texts(workspace, workspace.read(), env)


def read_deployed(manifests: Path | None, env: str | None) -> Reading:
    """As `read_system`, for a command that runs something: without `env` it is the environment of the bundle that made
    the folder, or `local` where that is declared."""
    workspace = find(manifests)
    texts = workspace.read()
    usual = bundled_environment(workspace.root) or ("local" if "local" in environments_of(texts.files) else None)
    return read_texts(workspace, texts, env or usual)


def read_texts(workspace: Workspace, texts: Texts, env: str | None) -> Reading:
    """What manifests that were read already say. UsageError as `read_system`."""
    if not texts.files and not texts.findings:
        raise UsageError(
            f"there is no manifest in {workspace.manifests}",
            "start with `platform init` or `platform new SERVICE`, or name the folder with --manifests",
        )
    loaded = load(texts.files, env)
    loaded = Loaded(loaded.system, (*texts.findings, *loaded.findings), loaded.faulty)
    _refuse_undeclared(loaded, env)
    return Reading(workspace, texts, loaded)


def require_good(reading: Reading, today: date) -> System:
    """The system, when no rule finds an error in it; OnewayError with the findings otherwise. Deploying asks this.

    What the target cannot run stands in nobody's way but its own: the plan refuses those services.
    """
    findings = reading.audit(today)
    return _refuse_errors(reading, [each for each in findings if each.rule != "target-unfit" or not each.service])


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


def _refuse_undeclared(loaded: Loaded, env: str | None) -> None:
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
