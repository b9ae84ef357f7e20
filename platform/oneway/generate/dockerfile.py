"""Dockerfiles: two stages, pinned dependencies first, then the code; nobody's root, nothing left over.

The context is the root of the repository, and the ignore file beside each Dockerfile lets in only what is copied.
Base images come from Docker Hub unless the build argument MIRROR names another registry and path.
"""

import json
import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from ..errors import OnewayError
from ..model import WHEELS, Endpoint, Service, System
from ..model.never_built import HARMLESS, PATTERNS
from .all_waivers import UNPINNED_PACKAGES
from .files import GeneratedFile
from .images import Images
from .runtimes import RUNTIMES

if TYPE_CHECKING:
    from jinja2 import Environment

Exists = Callable[[str], bool]
"""Whether the repository has a file, by its path from the root."""

ROOT: Final = "/srv"
DEFAULT_MIRROR: Final = "docker.io/library/"
_LABEL_UNSAFE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_PATH_SAFE: Final = re.compile(r"[\w.@+][\w./@+=, -]*(?<! )")


def dockerfiles(system: System, service: Service, images: Images, exists: Exists) -> tuple[GeneratedFile, ...]:
    """The Dockerfile and its ignore file; nothing for a service that brings its own, or a ready image.

    Raises OnewayError where the manifest names what no Dockerfile can hold.
    """
    if service.build.runtime not in RUNTIMES or service.build.path is None:
        return ()
    folder = f"docker/{service.name}"
    return (
        GeneratedFile(f"{folder}/Dockerfile", _dockerfile(system, service, images, exists)),
        GeneratedFile(f"{folder}/Dockerfile.dockerignore", _ignore_file(service)),
    )


def base_images(service: Service, exists: Exists) -> tuple[str, ...]:
    """The images that a generated Dockerfile starts from, by name and tag."""
    build = service.build
    if build.runtime not in RUNTIMES or build.path is None:
        return ()
    runtime = RUNTIMES[build.runtime]
    built = runtime.builder and (not runtime.project or exists(f"{build.path}/{runtime.project}"))
    return (runtime.base, runtime.builder) if built else (runtime.base,)


def _dockerfile(system: System, service: Service, images: Images, exists: Exists) -> str:
    build = service.build
    assert build.runtime is not None
    assert build.path is not None
    runtime = RUNTIMES[build.runtime]
    start = _start_of(service)
    if not start and runtime.template != "static":
        raise OnewayError(
            f"{service.name} does not say how it starts",
            f"add `start: [program, argument, …]` under `build` in {system.files[service.name]}",
        )
    included = [_safe_path(service, each) for each in build.include]
    folders = [each for each in included if not _holds_wheels(each)]
    path = _safe_path(service, build.path)
    pinned = [f"{each}@{images.bases[each]}" if each in images.bases else each for each in base_images(service, exists)]
    made = bool(runtime.project) and len(pinned) > 1
    return (
        _templates()
        .get_template(f"{runtime.project_template if made else runtime.template}.Dockerfile.j2")
        .render(
            manifest=system.files[service.name],
            base=pinned[0],
            builder=pinned[-1],
            vendored=exists(f"{path}/vendor/modules.txt"),
            root=ROOT,
            mirror=DEFAULT_MIRROR,
            path=path,
            pins=[f"{path}/{name}" for name in runtime.pins if exists(f"{path}/{name}")],
            include=folders,
            wheels=[each for each in included if _holds_wheels(each)],
            libraries=":".join([f"{ROOT}/app", *(f"{ROOT}/include/{each}" for each in folders)]),
            system=sorted(build.system),
            unpinned=UNPINNED_PACKAGES if any("=" not in each for each in build.system) else "",
            labels=_labels(system, service),
            ports=sorted(
                {f"{each.port}/udp" if each.protocol == "udp" else str(each.port) for each in service.endpoints}
            ),
            health=_health_address(service),
            start=start,
            port=service.endpoints[0].port if service.endpoints else 8080,
        )
    )


def _start_of(service: Service) -> tuple[str, ...]:
    """What the image does when nothing else is said; of jobs the first by name, for their objects name each command."""
    of_jobs = [service.command_of(each) for each in service.jobs.values()] if service.kind == "job" else []
    return tuple(service.build.start or next(filter(None, of_jobs), ()))


def _holds_wheels(folder: str) -> bool:
    return folder.rpartition("/")[2] == WHEELS


def _labels(system: System, service: Service) -> dict[str, str]:
    owner = system.platform.owners.get(service.owner)
    authors = f"{owner.name} <{owner.email}>" if owner and owner.email else service.owner
    labels = {"authors": authors, "description": service.summary, "title": service.name, "version": service.version}
    return {f"org.opencontainers.image.{name}": text for name, text in labels.items() if text}


def _health_address(service: Service) -> str | None:
    endpoint: Endpoint | None = service.endpoint(service.health.endpoint)
    if endpoint is None or endpoint.protocol != "http" or not service.health.live:
        return None
    return f"http://127.0.0.1:{endpoint.port}{service.health.live}"


def _safe_path(service: Service, path: str) -> str:
    plain = path.rstrip("/")
    if not _PATH_SAFE.fullmatch(plain):
        raise OnewayError(
            f"{service.name} is built from {path!r}, which has characters that mean something else in a Dockerfile",
            "rename the folder: letters, digits, spaces and . _ - @ + = , are safe",
        )
    return plain


def _ignore_file(service: Service) -> str:
    assert service.build.path is not None
    folders = sorted(_safe_path(service, each) for each in (service.build.path, *service.build.include))
    never = [pattern for patterns in PATTERNS.values() for pattern in patterns]
    return _templates().get_template("dockerignore.j2").render(folders=folders, never=never, harmless=HARMLESS)


@lru_cache(maxsize=1)
def _templates() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("oneway.generate", "templates"),
        undefined=StrictUndefined,
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["quoted"] = _quoted
    environment.filters["exec"] = _exec
    environment.filters["comment"] = _one_line
    return environment


def _quoted(text: str) -> str:
    """A value of LABEL or ENV: in double quotes, with nothing in it that Docker would read."""
    escaped = _one_line(text).replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _exec(words: Any) -> str:
    """The exec form of an instruction."""
    return json.dumps(list(words))


def _one_line(text: str) -> str:
    return _LABEL_UNSAFE.sub(" ", text)
