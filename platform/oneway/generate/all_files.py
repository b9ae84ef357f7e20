"""All generated files of a system, one at a time, so that memory does not grow with their number."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ..model import Service, System
from .dockerfile import Exists, dockerfiles
from .emit import yaml_text
from .files import MARK, GeneratedFile
from .images import Images, image_reference
from .install import installation_notes
from .kubernetes import environment_objects, kustomization, monitor_objects, objects, plain, survey

Read = Callable[[str], bytes]
_HEAD: Final = f"# Generated {MARK}; change the manifests, not this file.\n"


@dataclass(frozen=True, slots=True)
class Sources:
    """What generation reads beside the manifests: the lock of images, and files of the repository."""

    images: Images
    exists: Exists
    read: Read


def docker_files(system: System, sources: Sources) -> Iterator[GeneratedFile]:
    """Every service's Dockerfile, in sorted order of services. They are the same for all environments."""
    for service in system.services.values():
        yield from dockerfiles(system, service, sources.images, sources.exists)


def kubernetes_files(system: System, sources: Sources) -> Iterator[GeneratedFile]:
    """One environment, complete in one folder: `kubectl apply -k` is all that it takes."""
    site = survey(system)
    names = []
    for name, group in environment_objects(system).items():
        names.append(name)
        yield GeneratedFile(name, _HEAD + yaml_text(plain(each) for each in group))
    if system.settings.monitor is not None:
        names.append("monitor.yaml")
        watching = monitor_objects(site, _watched_files(system, sources.read))
        yield GeneratedFile(names[-1], _HEAD + yaml_text(plain(each) for each in watching))
    for service in system.deployed.values():
        names.append(f"services/{service.name}.yaml")
        image = image_reference(system, service, sources.images)
        made = objects(site, service, image, _config_files(service, sources.read))
        yield GeneratedFile(names[-1], _HEAD + yaml_text(made))
    yield GeneratedFile("kustomization.yaml", _HEAD + yaml_text([plain(kustomization(names))]))
    yield GeneratedFile("INSTALL.md", installation_notes(system, sources.images))


def _config_files(service: Service, read: Read) -> Mapping[str, bytes]:
    """What can be read of them; the ConfigMap says which is missing."""
    contents = {}
    for path in sorted(set(service.config.values())):
        with suppress(OSError):
            contents[path] = read(path)
    return contents


def _watched_files(system: System, read: Read) -> Mapping[str, bytes]:
    """What the monitor reads where it runs as a pod: every manifest, and what checks send."""
    paths = {system.platform_file, *system.files.values()}
    paths |= {check.request.file for each in system.services.values() for check in each.checks if check.request.file}
    contents = {}
    for path in sorted(paths):
        with suppress(OSError):
            contents[path] = read(path)
    return contents
