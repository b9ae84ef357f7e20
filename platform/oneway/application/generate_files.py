"""Dockerfiles, and the Kubernetes objects of every environment, for one folder."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..errors import OnewayError, UsageError
from ..generate import GeneratedFile, Images, Sources, docker_files, image_reference, kubernetes_files
from ..model import System
from .read_manifests import Reading, require_sound
from .recorded_images import recorded_images

DOCKER: Final = "docker"


@dataclass(frozen=True, slots=True)
class Generation:
    """What the folder holds: `docker` and one folder for each environment, and where its files come from."""

    reading: Reading
    systems: tuple[System, ...]
    images: Images

    @property
    def parts(self) -> list[str]:
        """The folders that belong to it."""
        return [DOCKER, *map(_folder, self.systems)]

    def files(self, validate: bool = False) -> Iterator[GeneratedFile]:
        """Every file. With `validate` it raises OnewayError at the first object that Kubernetes would not take."""
        workspace = self.reading.workspace
        sources = Sources(self.images, workspace.has_file, workspace.content)
        yield from docker_files(self.reading.system, sources)
        for system in self.systems:
            files = kubernetes_files(system, sources)
            yield from _below(_folder(system), _proven(system, files) if validate else files)

    def unpinned(self) -> Iterator[tuple[str, list[str]]]:
        """Per environment the services whose image has no digest: it may change under its name."""
        for system in self.systems:
            loose = [
                service
                for service, each in system.deployed.items()
                if "@" not in image_reference(system, each, self.images)
            ]
            if loose:
                yield _folder(system), loose


def plan_generation(reading: Reading, env: str | None) -> Generation:
    """For one environment, or for all whose target is Kubernetes. The manifests must be sound."""
    system = require_sound(reading)
    declared = system.platform.environments
    if env is not None and env not in declared:
        known = ", ".join(sorted(declared)) or "none"
        raise UsageError(f"environment {env} is not declared in {system.platform_file}", f"declared there: {known}")
    chosen = tuple(name for name in sorted(declared) if declared[name].target == "kubernetes" and env in (None, name))
    if DOCKER in chosen:
        raise OnewayError(f"an environment cannot be called {DOCKER}", "rename it: that folder is taken")
    systems = tuple(require_sound(reading.in_environment(name)) for name in chosen)
    return Generation(reading, systems, recorded_images(reading.workspace))


def _folder(system: System) -> str:
    return system.environment or DOCKER


def _below(folder: str, files: Iterator[GeneratedFile]) -> Iterator[GeneratedFile]:
    for file in files:
        yield GeneratedFile(f"{folder}/{file.path}", file.content)


def _proven(system: System, files: Iterator[GeneratedFile]) -> Iterator[GeneratedFile]:
    from ..generate.validate import prove

    return prove(system, files)
