"""Pack one environment: manifests, what its services are built from and checked with, their packages, and the tool."""

import hashlib
import json
import os
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from ... import __version__
from ...errors import OnewayError, UsageError
from ...model import Service, System
from ...targets.base import Say
from ...workspace import Content, content_of
from ..read_manifests import Reading
from . import open_bundle
from .signatures import sign

_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
_PACKED: Final = ("python", "node", "java", "static", "binary", "command")


@dataclass(frozen=True, slots=True)
class Packed:
    """A file of the bundle: where it comes from, and whether it is a program."""

    source: Path
    executable: bool = False


@dataclass(frozen=True, slots=True)
class Made:
    """What was written: its size in bytes, the sha256 of the whole file, how many services it holds, and what was left
    out of their builds."""

    size: int
    digest: str
    services: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packers:
    """What brings the rest: the program that opens the bundle, the wheels of the tool into a folder, and what the
    services of a checkout install into two, wheels and npm's packages."""

    program: Path

    tool: Callable[[Path, Say], None]
    packages: Callable[[Path, System, Path, Path, Say], None]


def make_bundle(reading: Reading, output: Path, key: Path | None, packers: Packers, say: Say) -> Made:
    """Write the bundle of the reading's environment, whose manifests must be good.

    The same manifests, code, packages and tool make the same bytes. Raises OnewayError where the environment, or a
    service, cannot be packed.
    """
    system = reading.system
    _require_packable(system)
    with tempfile.TemporaryDirectory(prefix="oneway-bundle-") as making:
        folder = Path(making)
        contents = {each.name: content_of(reading.workspace.root, each) for each in system.deployed.values()}
        files = dict(_site_files(reading, contents))
        wheels, npm, tool = (folder / each for each in (open_bundle.WHEELS, open_bundle.NPM, open_bundle.TOOL))
        for each in (wheels, npm, tool):
            each.mkdir()
        packers.packages(reading.workspace.root, system, wheels, npm, say)
        packers.tool(tool, say)
        files |= {each.relative_to(folder).as_posix(): Packed(each) for each in folder.rglob("*") if each.is_file()}
        files |= _opener(packers.program)
        say(f"writing {len(files)} files")
        left_out = ((name, each.context.describe_left_out()) for name, each in contents.items())
        notes = tuple(f"{name}: {text}" for name, text in left_out if text)
        _write(output, _contents(system, files), files, key)
        return Made(output.stat().st_size, _digest(output), len(contents), notes)


def _opener(program: Path) -> dict[str, Packed]:
    """What runs first, and the one module of the tool that it needs, in packages that are empty here."""
    module = PurePosixPath(open_bundle.MODULE)
    return {
        open_bundle.PROGRAM: Packed(program),
        open_bundle.MODULE: Packed(Path(open_bundle.__file__)),
        **{str(each / "__init__.py"): Packed(Path(os.devnull)) for each in module.parents if each.name},
    }


def _require_packable(system: System) -> None:
    if system.settings.target != "local":
        raise UsageError(
            f"environment {system.environment} is a cluster, and a bundle is for a machine of its own",
            f"`platform generate --env {system.environment} -o DIR` writes all that a cluster needs",
        )
    # A store is started from the programs of the site's machine.
    for service in (each for each in system.deployed.values() if each.kind != "backing"):
        build = service.build
        if build.image or build.dockerfile:
            made_from = "an image" if build.image else "a Dockerfile"
            raise OnewayError(
                f"{service.name} is built from {made_from}, and a bundle holds no images",
                f"name a `runtime` for it under environments: {{{system.environment}: {{build: …}}}}",
            )
        if not (build.runtime or "").startswith(_PACKED):
            raise OnewayError(
                f"{service.name} is of runtime {build.runtime}, whose packages cannot be packed",
                f"these can: {', '.join(_PACKED)}; a program that was built before is of runtime binary",
            )


def _site_files(reading: Reading, contents: dict[str, Content]) -> Iterator[tuple[str, Packed]]:
    workspace = reading.workspace
    for name, _ in reading.texts.files:
        yield open_bundle.SITE + name, Packed(workspace.root / name)
    for service in reading.system.deployed.values():
        for file in contents[service.name].context.files:
            yield _place(file.target, service), Packed(file.source, file.executable)
        for path in _beside(service):
            if not workspace.has_file(path):
                raise OnewayError(f"{service.name} needs {path}, which is not there", "`platform check` says where")
            yield open_bundle.SITE + path, Packed(workspace.root / path)


def _place(target: str, service: Service) -> str:
    """Where the file of a build lies in the repository: below its own folder even if it is a link to elsewhere."""
    top, _, rest = target.partition("/")
    return open_bundle.SITE + (f"{service.build.path}/{rest}" if top == "app" else rest)


def _beside(service: Service) -> Iterator[str]:
    """The files that a service needs and that are no part of its build."""
    yield from service.config.values()
    loads = (each.request for each in service.load.requests if each.request is not None)
    yield from (each.file for each in (*(check.request for check in service.checks), *loads) if each.file)
    yield from (each.openapi for each in service.endpoints if each.openapi)


def _contents(system: System, files: dict[str, Packed]) -> bytes:
    document = {
        "format": open_bundle.FORMAT,
        "platform": system.platform.name,
        "environment": system.environment,
        "machine": asdict(open_bundle.this_machine()),
        "tool": __version__,
        "services": {service.name: service.version for service in system.deployed.values()},
        "files": {name: _digest(each.source) for name, each in sorted(files.items())},
    }
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()


def _digest(path: Path) -> str:
    with path.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write(output: Path, contents: bytes, files: dict[str, Packed], key: Path | None) -> None:
    signature = sign(hashlib.sha256(contents).hexdigest(), key) if key is not None else None
    part = output.with_name(f"{output.name}.part")
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(part, "w") as archive:
            archive.writestr(zipfile.ZipInfo(open_bundle.CONTENTS, _EPOCH), contents)
            if signature is not None:
                archive.writestr(zipfile.ZipInfo(open_bundle.SIGNATURE, _EPOCH), signature)
            for name, each in sorted(files.items()):
                info = zipfile.ZipInfo(name, _EPOCH)
                info.external_attr = (0o100755 if each.executable else 0o100644) << 16
                with each.source.open("rb") as content, archive.open(info, "w", force_zip64=True) as member:
                    while block := content.read(1 << 20):
                        member.write(block)
        open_bundle.read_contents(part)
        part.replace(output)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OnewayError(
            f"{output} cannot be written: {error.strerror}", "name a place with -o that is yours to write in"
        ) from None
    except open_bundle.BundleError:
        part.unlink(missing_ok=True)
        raise OnewayError("a file changed while it was being packed", "run it again") from None
