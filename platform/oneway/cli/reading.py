"""From the options that every command takes to a system that was read."""

from dataclasses import dataclass
from pathlib import Path

from ..errors import Finding, OnewayError, Severity, UsageError
from ..manifest import Loaded, load, locate
from ..model import System
from ..workspace import Workspace, find


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
    texts = workspace.read()
    if not texts.files and not texts.findings:
        raise UsageError(
            f"there is no manifest in {workspace.manifests}",
            "start one with `platform new SERVICE`, or name the folder with --manifests",
        )
    loaded = load(texts.files, env)
    loaded = Loaded(loaded.system, (*texts.findings, *loaded.findings))
    _known_environment(loaded, env)
    return Reading(workspace, loaded)


def deploy_environment(loaded: Loaded, env: str | None) -> str | None:
    """The environment that running commands use: the one asked for, else `local` where it is declared."""
    return env or ("local" if "local" in loaded.system.platform.environments else None)


def require_sound(reading: Reading) -> System:
    """The system, when every manifest could be read; OnewayError with the findings otherwise."""
    errors = [each for each in reading.loaded.findings if each.severity is Severity.ERROR]
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
