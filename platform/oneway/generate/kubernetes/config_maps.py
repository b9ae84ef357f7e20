"""Files that a service reads: an immutable ConfigMap named by its content, so that other content is another rollout."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Final

from ...errors import OnewayError
from ...model import Service, System
from .api.workloads import ConfigMap
from .labels import metadata

MOUNTED_AT: Final = "/etc/oneway/config"
_MOST_BYTES: Final = 1_000_000


def config_digest(service: Service, contents: Mapping[str, bytes]) -> str:
    """The sha256 over names and contents; empty for a service without files."""
    if not service.config:
        return ""
    digest = hashlib.sha256()
    for name in sorted(service.config):
        content = _content(service, name, contents)
        digest.update(f"{name}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def config_name(service: Service, digest: str) -> str:
    """The ConfigMap's name."""
    return f"{service.name}-{digest[:8]}"


def config_map(system: System, service: Service, contents: Mapping[str, bytes]) -> ConfigMap | None:
    """The files of `config:`. Raises OnewayError when they are more than a ConfigMap holds."""
    digest = config_digest(service, contents)
    if not digest:
        return None
    files = {name: _content(service, name, contents) for name in sorted(service.config)}
    if sum(map(len, files.values())) > _MOST_BYTES:
        raise OnewayError(
            f"the files in `config` of {service.name} have more than {_MOST_BYTES:,} bytes",
            "a ConfigMap holds no more: put large files into the build with `build.include`",
        )
    texts = {name: content.decode() for name, content in files.items() if is_text(content)}
    return ConfigMap(
        api_version="v1",
        kind="ConfigMap",
        metadata=metadata(system, service, config_name(service, digest)),
        immutable=True,
        data=texts,
        binary_data={name: base64.b64encode(files[name]).decode() for name in files if name not in texts},
    )


def _content(service: Service, name: str, contents: Mapping[str, bytes]) -> bytes:
    path = service.config[name]
    if path not in contents:
        raise OnewayError(
            f"{service.name} wants the file {path} as {name}, but there is none",
            f"correct `config` in {service.name}'s manifest, or add the file",
        )
    return contents[path]


def is_text(content: bytes) -> bool:
    """Whether a ConfigMap can hold it as text."""
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False
