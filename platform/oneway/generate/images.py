"""Which image a service runs: its name from the manifest, its digest from the lock file that the team commits.

The lock holds one digest per `service:version`, whatever the registry: what was tried in one environment is what runs
in the next. Its other half pins the base images of generated Dockerfiles.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ..errors import OnewayError
from ..model import Service, System

LOCK_FILE: Final = "images.lock"
_DIGEST: Final = re.compile(r"sha256:[0-9a-f]{64}")
_VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Images:
    """Digests of built images by `service:version`, and of base images by their name and tag."""

    built: Mapping[str, str] = field(default_factory=dict)
    bases: Mapping[str, str] = field(default_factory=dict)

    def with_built(self, service: Service, digest: str, *, again: bool = False) -> "Images":
        """The lock with one more digest. OnewayError when that version names another content already."""
        key, known = _key(service), self.built.get(_key(service))
        if known not in (None, digest) and not again:
            raise OnewayError(
                f"{key} is recorded with {known}, but this build is {digest}: one version would name two contents",
                f"raise `version` in the manifest of {service.name}, or build with --again if nobody runs it yet",
            )
        return replace(self, built={**self.built, key: digest})

    def with_base(self, base: str, digest: str) -> "Images":
        """The lock with a base image pinned, or pinned anew."""
        return replace(self, bases={**self.bases, base: digest})


def read_images(content: bytes, name: str = LOCK_FILE) -> Images:
    """Read the lock file. OnewayError when it is not one."""
    try:
        data = json.loads(content)
    except ValueError as error:
        raise OnewayError(f"{name} is not JSON: {error}", "restore it from git, or delete it and build again") from None
    if not isinstance(data, dict) or data.get("version") != _VERSION:
        raise OnewayError(f"{name} is not a lock file of version {_VERSION}", "use the `platform` that wrote it")
    return Images(_digests(data, "images", name), _digests(data, "bases", name))


def lock_text(images: Images) -> str:
    """The lock file, sorted, one digest a line."""
    content = {
        "version": _VERSION,
        "bases": dict(sorted(images.bases.items())),
        "images": dict(sorted(images.built.items())),
    }
    return json.dumps(content, indent=2) + "\n"


def image_name(system: System, service: Service) -> str:
    """`registry/service:version`, or the ready image that the manifest names."""
    if service.build.image is not None:
        return service.build.image
    registry = system.settings.registry
    return f"{registry}/{_key(service)}" if registry else _key(service)


def image_reference(system: System, service: Service, images: Images) -> str:
    """The name with `@sha256:…` where the lock knows the digest."""
    name, digest = image_name(system, service), images.built.get(_key(service))
    return name if digest is None or "@" in name else f"{name}@{digest}"


def _key(service: Service) -> str:
    return f"{service.name}:{service.version}"


def _digests(data: dict[str, Any], part: str, name: str) -> dict[str, str]:
    entries = data.get(part, {})
    for key, digest in entries.items() if isinstance(entries, dict) else [(part, entries)]:
        if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
            raise OnewayError(
                f"{name}: {part}[{key!r}] is {digest!r}, which is no sha256 digest", "restore the file from git"
            )
    return dict(entries)
