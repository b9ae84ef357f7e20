"""The services of a compose file as compose sees them: variables filled, `extends` and `include` followed."""

import posixpath
from collections import ChainMap
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ...errors import Location
from ..env_file import read_env_file
from ..interpolation import TooLong, fill
from ..mentions import Note
from ..sources import Sources
from ..yaml_reader import Map, Seq, Unreadable, place_of, read_yaml

_MAX_FILES: Final = 20
# Fields that an extending service does not take over.
_NOT_EXTENDED: Final = frozenset({"depends_on", "links", "volumes_from"})


@dataclass(slots=True)
class Project:
    """A compose file with what it includes: services and configs by name, and where they stand."""

    services: dict[str, tuple[str, Map]] = field(default_factory=dict)
    configs: dict[str, tuple[str, Any]] = field(default_factory=dict)
    secrets: dict[str, tuple[str, Any]] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    read: list[str] = field(default_factory=list)
    env_files: dict[str, dict[str, set[str]]] = field(default_factory=dict)

    def shared(self, service: str) -> frozenset[str]:
        """The variables that the service gets from a file which several get."""
        files = [given for given in self.env_files.values() if len(given) > 1]
        return frozenset(name for given in files for name in given.get(service, ()))


def is_first_version(document: Map) -> bool:
    """Whether this is a file of compose's first version: services at its top, and nothing else."""
    entries = list(document.values())
    return bool(entries) and all(isinstance(each, Map) and ("image" in each or "build" in each) for each in entries)


def load_project(document: Map, file: str, sources: Sources) -> Project:
    """The project that the file describes, with everything that could not be followed noted."""
    project = Project()
    _load(document, file, sources, project, {})
    return project


def _load(document: Map, file: str, sources: Sources, project: Project, outer: dict[str, str]) -> None:
    project.read.append(file)
    folder = posixpath.dirname(file)
    name, content = sources.read(folder, ".env")
    variables: dict[str, str] = dict(outer)
    if content is not None:
        found, notes = read_env_file(content, name, outer)
        variables = {**found, **outer}
        project.notes += notes
    _include(document, file, sources, project, variables)
    if is_first_version(document):
        document = _as_services(document)
    filled = _filled(document, file, variables, project)
    for kind in ("configs", "secrets"):
        for key, value in _entries(filled, kind):
            getattr(project, kind)[key] = (folder, value)
    for key, entry in _entries(filled, "services"):
        if isinstance(entry, Map):
            whole = _extended(entry, file, filled, sources, project, variables, (f"{file}#{key}",))
            project.services[key] = (file, _with_env_files(whole, key, file, sources, project, variables))


def _as_services(document: Map) -> Map:
    result = Map()
    result["services"], result.places["services"] = document, (1, 1)
    return result


def _entries(document: Map, key: str) -> Iterator[tuple[str, Any]]:
    entries = document.get(key)
    if isinstance(entries, Map):
        yield from entries.items()


def _include(document: Map, file: str, sources: Sources, project: Project, variables: dict[str, str]) -> None:
    given = document.get("include")
    for at, each in enumerate(given if isinstance(given, Seq) else []):
        paths = each.get("path") if isinstance(each, Map) else each
        for path in paths if isinstance(paths, Seq) else [paths]:
            name, other = _document(str(path), file, sources, variables, project, place_of(given, at, file))
            if other is not None and name not in project.read and len(project.read) < _MAX_FILES:
                _load(other, name, sources, project, variables)


def _document(
    path: str, file: str, sources: Sources, variables: Mapping[str, str], project: Project, place: Location
) -> tuple[str, Map | None]:
    """The compose file that another one names; noted where it is not there or not readable."""
    name, content = sources.read(posixpath.dirname(file), _fill(path, variables, project, place))
    if content is None:
        project.notes.append(Note(place, f"{path} is not there: what it adds is not known"))
        return name, None
    try:
        document = next(read_yaml(content), None)
    except Unreadable as error:
        project.notes.append(Note(Location(name, error.line, error.column), error.reason))
        return name, None
    return name, document if isinstance(document, Map) else None


def _extended(
    entry: Map,
    file: str,
    document: Map,
    sources: Sources,
    project: Project,
    variables: dict[str, str],
    seen: tuple[str, ...],
) -> Map:
    """The entry over the one that it extends."""
    given = entry.get("extends")
    if not given:
        return entry
    name = given.get("service") if isinstance(given, Map) else given
    place = place_of(entry, "extends", file)
    other_file, other = file, document
    if isinstance(given, Map) and given.get("file"):
        other_file, found = _document(str(given["file"]), file, sources, variables, project, place)
        if found is None:
            return entry
        other = _filled(found, other_file, variables, project)
    services = other.get("services")
    base = services.get(str(name)) if isinstance(services, Map) else None
    key = f"{other_file}#{name}"
    if not isinstance(base, Map) or key in seen or len(seen) > _MAX_FILES:
        reason = "extends itself" if key in seen else "is not there"
        project.notes.append(Note(place, f"extends: {name} {reason}"))
        return entry
    base = _extended(base, other_file, other, sources, project, variables, (*seen, key))
    return _merged(base, entry)


def _merged(base: Map, over: Map) -> Map:
    """Mappings are merged, lists are joined, and of two other values the later wins."""
    result = Map()
    for source, leaving in ((base, _NOT_EXTENDED), (over, frozenset({"extends"}))):
        for key, value in source.items():
            if key in leaving:
                continue
            before = result.get(key)
            if isinstance(before, Map) and isinstance(value, Map):
                value = _merged(before, value)
            elif isinstance(before, Seq) and isinstance(value, Seq) and key not in ("command", "entrypoint"):
                joined = Seq()
                joined += [*before, *value]
                joined.places += [*before.places, *value.places]
                value = joined
            result[key] = value
            result.places[key] = source.places.get(key, (1, 1))
    return result


def _with_env_files(
    entry: Map, name: str, file: str, sources: Sources, project: Project, variables: dict[str, str]
) -> Map:
    """The entry with its environment whole: what env_file says below what stands there, names alone from outside."""
    given = entry.get("env_file")
    result = _merged(Map(), entry)
    environment = Map()
    for at, each in enumerate(given if isinstance(given, Seq) else [given] if given else []):
        place = place_of(given, at, file) if isinstance(given, Seq) else place_of(entry, "env_file", file)
        found = _env_file(each, name, place, sources, project, variables)
        environment |= found
        environment.places |= dict.fromkeys(found, (place.line, place.column))
    for key, value, at_key in environment_entries(entry.get("environment")):
        known = variables.get(key) if value is None else value
        if known is not None:
            environment[key] = known
            environment.places[key] = at_key
    result["environment"] = environment
    return result


def _env_file(
    given: Any, name: str, place: Location, sources: Sources, project: Project, variables: dict[str, str]
) -> dict[str, str]:
    path = given.get("path") if isinstance(given, Map) else given
    required = given.get("required", True) if isinstance(given, Map) else True
    read, content = sources.read(posixpath.dirname(place.file), str(path))
    if content is not None:
        found, notes = read_env_file(content, read, variables)
        project.notes += notes
        project.env_files.setdefault(read, {})[name] = set(found)
        return found
    if required:
        project.notes.append(Note(place, f"{name}: {path} is not there: its variables are not known"))
    return {}


def environment_entries(given: Any) -> Iterator[tuple[str, Any, tuple[int, int]]]:
    """Name, value (None where it is only passed through) and place, from a mapping or a list of NAME=value."""
    if isinstance(given, Map):
        for key, value in given.items():
            yield key, value, given.places[key]
    elif isinstance(given, Seq):
        for at, each in enumerate(given):
            key, equals, value = str(each).partition("=")
            yield key, value if equals else None, given.places[at]


def _filled(document: Map, file: str, variables: dict[str, str], project: Project) -> Map:
    """The document with every variable filled in."""
    return _Filler(file, ChainMap({}, variables), project).map(document)


class _Filler:
    def __init__(self, file: str, variables: Mapping[str, str], project: Project) -> None:
        self.file, self.variables, self.project = file, variables, project

    def map(self, node: Map) -> Map:
        result = Map()
        result.places = node.places
        for key, value in node.items():
            result[key] = self.value(value, place_of(node, key, self.file))
        return result

    def value(self, value: Any, place: Location) -> Any:
        if isinstance(value, Map):
            return self.map(value)
        if isinstance(value, Seq):
            result = Seq()
            result.places = value.places
            result += [self.value(each, place_of(value, at, self.file)) for at, each in enumerate(value)]
            return result
        return _fill(value, self.variables, self.project, place) if isinstance(value, str) else value


def _fill(text: str, variables: Mapping[str, str], project: Project, place: Location) -> str:
    if "$" not in text:
        return text
    missing: list[str] = []
    try:
        filled = fill(text, variables, missing.append)
    except TooLong as error:
        project.notes.append(Note(place, str(error)))
        return ""
    project.notes += [Note(place, f"${name} is set nowhere: taken as empty", unread=False) for name in missing]
    return filled
