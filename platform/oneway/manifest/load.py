"""All manifests of a system, from bytes to one `System`, with every fault found on the way."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ..errors import Finding, Place, Related, Severity
from ..model import (
    PLATFORM_FILE,
    External,
    Measured,
    Platform,
    Service,
    System,
    decode_measured,
    is_measured,
)
from ..model.backings import image_name
from .decode import decode
from .diagnose import diagnose
from .environments import for_environment, merge
from .faulty import Faulty, names_in
from .parse import Unreadable, parse_text, refuse_odd
from .repeated import repeated

T = TypeVar("T", Platform, Service)


@dataclass(frozen=True, slots=True)
class Loaded:
    """What the manifests say, and what is wrong with them.

    Manifests with faults are not in the system; `faulty` has the names that can be read in them all the same.
    """

    system: System
    findings: tuple[Finding, ...]
    faulty: tuple[Faulty, ...] = ()


def load(files: Iterable[tuple[str, bytes]], environment: str | None = None) -> Loaded:
    """Read (name, content) pairs; the one whose name ends in `platform.yaml` is the platform's. A JSON file is what was
    measured, where its folder is called so, or else the schema that editors read beside the manifests.

    Findings carry rules `manifest-syntax`, `manifest-schema` and `duplicate-service`, with Places that
    `locate` turns into lines.
    """
    found: list[Finding] = []
    services: dict[str, Service] = {}
    homes: dict[str, str] = {}
    unreadable: set[str] = set()
    faulty: list[Faulty] = []
    every = sorted(files)
    contents = [each for each in every if not each[0].endswith(".json")]
    platform_file, platform = _platform(contents, found)
    for file, content in contents:
        if file.rpartition("/")[2] == PLATFORM_FILE:
            continue
        service = _read(file, content, Service, environment, found)
        if service is None:
            names = _names(file, content, environment)
            unreadable.add(names.name)
            faulty.append(names)
            continue
        found.extend(repeated(file, service))
        if service.name in services:
            found.append(_duplicate(service.name, file, homes[service.name]))
        else:
            services[service.name], homes[service.name] = service, file
    kept, platform_here = _elsewhere(services, platform or Platform(api_version="oneway/v1", name="unnamed"))
    system = System(
        platform_here,
        {name: kept[name] for name in sorted(kept)},
        homes,
        platform_file,
        environment,
        frozenset(unreadable - set(services)),
        platform is not None,
        {file: _measured(file, content) for file, content in every if is_measured(file)},
    )
    return Loaded(system, tuple(found), tuple(faulty))


def _elsewhere(services: dict[str, Service], platform: Platform) -> tuple[dict[str, Service], Platform]:
    """Backing services that run elsewhere in this environment are externals: called, drawn, and not deployed."""
    away = {
        name: External(
            kind=image_name(each.build.image or "") or "store",
            host=each.connection.host,
            port=each.connection.port or (each.endpoints[0].port if each.endpoints else 443),
            connection=each.connection,
            summary=each.summary,
        )
        for name, each in services.items()
        if each.kind == "backing" and each.connection is not None and each.connection.host
    }
    here = {name: each for name, each in services.items() if name not in away}
    externals = {**platform.externals, **away}
    return here, msgspec.structs.replace(platform, externals=externals) if away else platform


def _measured(file: str, content: bytes) -> Measured | str:
    try:
        found = decode_measured(content)
    except ValueError as error:
        return str(error)
    named = file.rpartition("/")[2].removesuffix(".json")
    return found if found.service == named else f"it is about {found.service}, and is named after {named}"


def environments_of(files: Iterable[tuple[str, bytes]]) -> frozenset[str]:
    """The environments that platform.yaml declares; none where it has faults, which `load` tells."""
    contents = sorted(each for each in files if each[0].rpartition("/")[2] == PLATFORM_FILE)
    platform = _platform(contents, [])[1]
    return frozenset(platform.environments if platform else ())


def _platform(contents: list[tuple[str, bytes]], found: list[Finding]) -> tuple[str, Platform | None]:
    """The platform's file and what it says; of several the one nearest to the top counts."""
    mine = [(file, content) for file, content in contents if file.rpartition("/")[2] == PLATFORM_FILE]
    if not mine:
        folder = contents[0][0].partition("/")[0] if contents and "/" in contents[0][0] else ""
        file = f"{folder}/{PLATFORM_FILE}".removeprefix("/")
        found.append(
            Finding(
                "manifest-schema",
                Severity.ERROR,
                "there is no platform.yaml: owners, domains and environments are declared nowhere",
                Place(file),
                "`platform new SERVICE` writes one; it starts with `apiVersion: oneway/v1` and `platform: NAME`",
            )
        )
        return file, None
    mine.sort(key=lambda each: (each[0].count("/"), each[0]))
    for file, _ in mine[1:]:
        found.append(
            Finding(
                "manifest-schema",
                Severity.ERROR,
                "a second platform.yaml",
                Place(file),
                f"a system has one: move what this one says into {mine[0][0]}",
            )
        )
    return mine[0][0], _read(*mine[0], Platform, None, found)


def _read(file: str, content: bytes, kind: type[T], environment: str | None, found: list[Finding]) -> T | None:
    try:
        data = parse_text(file, content)
    except Unreadable as error:
        found.append(error.finding)
        return None
    try:
        _check_overrides(data, kind)
        return decode(for_environment(data, environment), kind)
    except msgspec.ValidationError:
        try:
            refuse_odd(file, content.decode("utf-8"), data)
        except Unreadable as error:
            found.append(error.finding)
            return None
        stranger = _stranger(file, data)
        found.extend([stranger] if stranger else _faults(file, content, data, kind))
        return None


def _stranger(file: str, data: dict[str, Any]) -> Finding | None:
    """One finding for a file of another tool, whose every field would be a fault."""
    version, kind = data.get("apiVersion"), data.get("kind")
    if isinstance(version, str) and isinstance(kind, str) and not version.startswith("oneway/"):
        what = f"a Kubernetes {kind}"
    elif version is None and isinstance(data.get("services"), dict):
        what = "a compose file"
    else:
        return None
    return Finding(
        "manifest-schema",
        Severity.ERROR,
        f"this is {what}, and no manifest of Oneway",
        Place(file),
        "keep it in another folder; `platform import` drafts manifests from it",
    )


def _check_overrides(data: dict[str, Any], kind: type[Any]) -> None:
    """An override that cannot be read is a fault now, not on the day its environment is chosen."""
    for _, merged in _overridden(data, kind):
        decode(merged, kind)


def _overridden(data: dict[str, Any], kind: type[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    overrides = data.get("environments")
    if kind is Service and isinstance(overrides, dict):
        for name, over in overrides.items():
            if isinstance(over, dict):
                yield name, merge(data, over)


def _faults(file: str, content: bytes, data: dict[str, Any], kind: type[Any]) -> Iterator[Finding]:
    faults = diagnose(data, kind)
    for name, merged in _overridden(data, kind):
        known = {(each.path, each.message) for each in faults}
        over = [each for each in diagnose(merged, kind) if (each.path, each.message) not in known]
        faults += [msgspec.structs.replace(each, path=("environments", name, *each.path)) for each in over]
    from .tree import written

    for fault in faults:
        if fault.number:
            fault = fault.as_written(written(content, fault.path) or fault.number)
        yield Finding("manifest-schema", Severity.ERROR, fault.message, Place(file, fault.path), fault.hint)


def _names(file: str, content: bytes, environment: str | None) -> Faulty:
    try:
        return names_in(file, for_environment(parse_text(file, content), environment))
    except Unreadable:
        return names_in(file, {})


def _duplicate(name: str, file: str, first: str) -> Finding:
    return Finding(
        "duplicate-service",
        Severity.ERROR,
        f"service {name} is declared twice",
        Place(file, ("service",)),
        "one service, one manifest: rename one, or delete it",
        (Related(f"{name} is declared here first", Place(first, ("service",))),),
        name,
    )
