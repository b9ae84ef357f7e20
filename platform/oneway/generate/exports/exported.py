"""What an export is made from."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ...errors import OnewayError
from ...model import System
from ..files import GeneratedFile


@dataclass(frozen=True, slots=True)
class Exported:
    """The system as declared and in each Kubernetes environment, and what generates the files of one of those.

    `repository` and `path` say where a cluster finds the generated folder; only some exports need them.
    """

    system: System
    environments: Mapping[str, System]
    files: Callable[[System], Iterable[GeneratedFile]]
    repository: str
    path: str

    def clusters(self) -> list[str]:
        """The names of the Kubernetes environments. OnewayError where there is none."""
        if not self.environments:
            raise OnewayError(
                "no environment has Kubernetes as its target, so that there is nothing to export",
                f"declare one under `environments` in {self.system.platform_file}",
            )
        return sorted(self.environments)
