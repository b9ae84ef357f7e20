"""All generated files of a system, one at a time, so that memory does not grow with their number."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from ..model import Service, Smoke, System
from .dockerfile import Exists, dockerfiles
from .emit import yaml_text
from .files import MARK, GeneratedFile
from .images import Images, image_reference
from .install import installation_notes
from .kubernetes import MONITOR_BYTES, environment_objects, kustomization, monitor_objects, objects, plain, survey

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
    return _readable(set(service.config.values()), read)


def _watched_files(system: System, read: Read) -> Mapping[str, bytes]:
    """What the monitor reads where it runs as a pod: every manifest, what checks send, and the descriptions that checks
    are made from. The largest of those stay away where there is no room: a release is recorded with its checks."""
    paths = {system.platform_file, *system.files.values()}
    paths |= {check.request.file for each in system.services.values() for check in each.checks if check.request.file}
    contents = _readable(paths, read)
    room = MONITOR_BYTES - sum(map(len, contents.values()))
    described = _readable(_descriptions(system) - paths, read)
    for path in sorted(described, key=lambda path: (len(described[path]), path)):
        room -= len(described[path])
        if room >= 0:
            contents[path] = described[path]
    return contents


def _descriptions(system: System) -> set[str]:
    """Those that a manifest wants checks to be made from."""
    asking = [each for each in system.services.values() if isinstance(each.smoke, Smoke) and each.smoke.openapi]
    return {
        str(endpoint.openapi)
        for each in asking
        for endpoint in each.endpoints
        if endpoint.openapi is not None and endpoint.protocol == "http"
    }


def _readable(paths: Iterable[str], read: Read) -> dict[str, bytes]:
    contents = {}
    for path in sorted(paths):
        with suppress(OSError):
            contents[path] = read(path)
    return contents
