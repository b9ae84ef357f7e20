"""What a version number stands for: the files of the build, how it is built, and the config files beside it."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from ..errors import OnewayError
from ..model import Service
from .build_files import Context, build_context


@dataclass(frozen=True, slots=True)
class Content:
    """The build's files, the config files by the name they get, and the digest over all of it."""

    context: Context
    config: dict[str, Path]
    digest: str


def content_of(root: Path, service: Service) -> Content:
    """The content that the service's version names at this moment. OnewayError when a file is missing."""
    context = build_context(root, service)
    config = {name: root / path for name, path in sorted(service.config.items())}
    digest = hashlib.sha256(context.digest.encode())
    # Whether it is strict about its runtime changes nothing of what is built.
    build = {name: value for name, value in _plain(service.build).items() if name != "strict"}
    digest.update(json.dumps(build, sort_keys=True).encode())
    for name, path in config.items():
        try:
            digest.update(f"{name}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
        except OSError as error:
            wanted = path.relative_to(root)
            raise OnewayError(
                f"{service.name} wants the config file {wanted}, which cannot be read: {error.strerror}",
                "correct `config` in its manifest",
            ) from None
    return Content(context, config, digest.hexdigest())


def _plain(value: Any) -> Any:
    return msgspec.to_builtins(value)
