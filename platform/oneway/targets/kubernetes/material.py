"""What a release is made of in a cluster, as its record keeps it: the objects to apply, and the image by digest."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from ...generate import Images, image_reference, objects, survey
from ...model import Service, System
from ..base import Release, TargetError
from .kinds import CONFIG_MAP, Object
from .variants import access, stamped

_OBJECTS: Final = "objects"
_IMAGE: Final = "image"
_FILES: Final = "files"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where objects come from: the system as read for this environment, the digests of images, files by their path."""

    system: System
    images: Images
    content: Callable[[str], bytes]


def made(sources: Sources, release: Release) -> tuple[tuple[Object, ...], tuple[Object, ...], str]:
    """The release's objects with its number on them, its files as ConfigMaps, and its image.

    A release that brings recorded objects back keeps them as they were recorded.
    """
    if _OBJECTS in release.material:
        return recorded(release), (), release.material.get(_IMAGE, "")
    service = release.spec
    image = _image(sources, service)
    contents = {path: _content(sources, service, path) for path in sorted(set(service.config.values()))}
    everything: tuple[Object, ...] = objects(survey(sources.system), service, image, contents)
    files = tuple(each for each in everything if each["kind"] == CONFIG_MAP.name)
    rest = tuple(each for each in everything if each["kind"] != CONFIG_MAP.name)
    rest += access(service, sources.system, rest[0]["metadata"].get("labels", {}))
    return stamped(rest, release.number), files, image


def kept(found: tuple[Object, ...], files: tuple[Object, ...], image: str, before: Mapping[str, str]) -> dict[str, str]:
    """The material that a record keeps."""
    names = ",".join(sorted(each["metadata"]["name"] for each in files)) or before.get(_FILES, "")
    written = json.dumps(found, sort_keys=True, separators=(",", ":"))
    return {_IMAGE: image, _OBJECTS: written, _FILES: names}


def recorded(release: Release) -> tuple[Object, ...]:
    """The objects that the release was deployed with."""
    text = release.material.get(_OBJECTS)
    if text is None:
        raise TargetError(
            f"the record of {release.service} release {release.number} holds no objects",
            f"deploy {release.service} again from the manifests",
        )
    found: list[Object] = json.loads(text)
    return stamped(found, release.number)


def files_of(release: Release) -> frozenset[str]:
    """The names of the ConfigMaps that the release's pods read."""
    return frozenset(each for each in release.material.get(_FILES, "").split(",") if each)


def _image(sources: Sources, service: Service) -> str:
    reference = image_reference(sources.system, service, sources.images)
    if service.build.image is None and "@" not in reference:
        raise TargetError(
            f"{service.name} {service.version} has no image yet: images.lock knows no digest of it",
            f"run `platform build {service.name}` and push it, then deploy",
        )
    return reference


def _content(sources: Sources, service: Service, path: str) -> bytes:
    try:
        return sources.content(path)
    except OSError as error:
        raise TargetError(
            f"{service.name} wants the file {path}, which cannot be read: {error.strerror or error}",
            f"correct `config` in the manifest of {service.name}",
        ) from None
