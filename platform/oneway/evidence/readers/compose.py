"""Compose files: services, their ports, and whom their environment, arguments and configurations name."""

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...errors import Location
from ..arguments import hosts_in_arguments
from ..hosts import addressed, hosts_of, is_outside
from ..mentions import HERE, Alias, Kind, Mention, Note
from ..observed import ObservedService, service_name, split_secrets
from ..sources import Fact, Sources
from ..yaml_reader import Map, Seq, place_of
from .backing import is_backing
from .compose_numbers import cpu_of, memory_of, ports_of, published_ports, whole_number
from .compose_project import Project, environment_entries, is_first_version, load_project

_MAX_VALUE: Final = 4000
_NOT_CARRIED: Final = ("healthcheck", "volumes", "command", "entrypoint", "profiles", "secrets", "configs")


def is_compose(document: Any) -> bool:
    """Whether this is a compose file: services, and nothing that says Kubernetes or Oneway."""
    if not isinstance(document, Map) or "apiVersion" in document:
        return False
    return isinstance(document.get("services"), Map) or is_first_version(document)


def read_compose(documents: Iterable[tuple[str, Map]], sources: Sources) -> Iterator[Fact]:
    """What compose files show, with the files that they name."""
    for file, document in documents:
        yield from _read_project(document, file, sources)


def _read_project(document: Map, file: str, sources: Sources) -> Iterator[Fact]:
    project = load_project(document, file, sources)
    yield from project.notes
    names = _names(project)
    yield from _renamed(project, names)
    for key, (where, entry) in sorted(project.services.items()):
        yield _service(names[key], entry, where)
        yield from _aliases(key, names[key], entry, frozenset(names))
        yield from _mentions(names[key], entry, where, project.shared(key))
        yield from _configured(names[key], entry, project, sources)
        yield from _not_carried(names[key], entry, where)


def _names(project: Project) -> dict[str, str]:
    """A name of its own for each service: two that would become one are kept apart by a number."""
    names: dict[str, str] = {}
    for key in sorted(project.services, key=lambda each: (service_name(each) != each, each)):
        name, number = service_name(key), 2
        while name in names.values():
            name, number = f"{service_name(key)[:47]}-{number}", number + 1
        names[key] = name
    return names


def _renamed(project: Project, names: Mapping[str, str]) -> Iterator[Note]:
    for key, name in sorted(names.items()):
        if name != service_name(key):
            place = Location(project.services[key][0])
            yield Note(place, f"{key} is called {name}: its own name is another service's", unread=False)


def _service(name: str, entry: Map, file: str) -> ObservedService:
    plain, secret = split_secrets(_environment(entry))
    limits = _at(entry, "deploy", "resources", "limits")
    ports = list(ports_of(entry))
    build = _build(entry, file)
    image = str(entry.get("image") or "")
    return ObservedService(
        name=name,
        source=file,
        tool="compose",
        image=image,
        build=build,
        folder=_folder(entry, file),
        entry=_program(entry),
        mounts=tuple(_mounts(entry, file)),
        ports={f"port-{number}": number for number, *_ in ports},
        udp=frozenset(number for number, protocol, _ in ports if protocol == "udp"),
        replicas=whole_number(_at(entry, "deploy").get("replicas", entry.get("scale"))),
        cpu=cpu_of(limits.get("cpus", entry.get("cpus"))),
        memory=memory_of(limits.get("memory", entry.get("mem_limit"))),
        env=plain,
        secret_env=secret,
        public=any(published for *_, published in ports) and not is_backing(image),
    )


def _aliases(key: str, name: str, entry: Map, services: frozenset[str]) -> Iterator[Alias]:
    """The names of a service; one that another service has by its key is that one's."""
    yield Alias(key, name)
    for field in ("hostname", "container_name"):
        if isinstance(entry.get(field), str) and entry[field] not in services:
            yield Alias(entry[field], name)
    yield from (Alias(f"{HERE}:{number}", name) for number in published_ports(entry))
    networks = entry.get("networks")
    for network in networks.values() if isinstance(networks, Map) else ():
        for alias in network.get("aliases") or () if isinstance(network, Map) else ():
            yield Alias(str(alias), name)
    for field in ("links", "external_links"):
        for link in entry.get(field) or ():
            target, _, alias = str(link).partition(":")
            if alias and alias != target:
                yield Alias(alias, "", host=target)


def _mentions(name: str, entry: Map, file: str, shared: frozenset[str]) -> Iterator[Fact]:
    for field in ("depends_on", "links", "external_links"):
        given = entry.get(field)
        for at, each in enumerate(given) if isinstance(given, Map | Seq) else ():
            place = place_of(given, str(each) if isinstance(given, Map) else at, file)
            kind = Kind.START_ORDER if field == "depends_on" else Kind.ENVIRONMENT
            yield Mention(kind, name, place, field, str(each).partition(":")[0])
    for key, value, (line, column) in environment_entries(entry.get("environment")):
        if value is not None and len(str(value)) <= _MAX_VALUE:
            for found in hosts_of(key, _text(value)):
                place, said, needs = Location(file, line, column), f"environment {key}", key if key in shared else ""
                yield Mention(Kind.ENVIRONMENT, name, place, said, found.host, found.port, found.scheme, needs=needs)
                if found.scheme and is_outside(found.host):
                    text = f"{name}: {key} addresses {found.host}, outside: declare it under `externals`"
                    yield Note(place, text, unread=False)
    for field in ("command", "entrypoint"):
        yield from _arguments(name, field, entry, file)


def _arguments(name: str, field: str, entry: Map, file: str) -> Iterator[Mention]:
    given = entry.get(field)
    words = [str(each) for each in given] if isinstance(given, Seq) else [str(given or "")]
    for at, found, waits in hosts_in_arguments(words):
        place = place_of(given, at, file) if isinstance(given, Seq) else place_of(entry, field, file)
        kind = Kind.START_ORDER if waits else Kind.ARGUMENT
        yield Mention(kind, name, place, field, found.host, found.port, found.scheme)


def _configured(name: str, entry: Map, project: Project, sources: Sources) -> Iterator[Fact]:
    """What the configurations say that only this service gets; a file for several says nothing of one of them."""
    for key in _references(entry.get("configs")):
        folder, config = project.configs.get(key, ("", None))
        users = [each for each, (_, other) in project.services.items() if key in _references(other.get("configs"))]
        if not isinstance(config, Map) or len(users) != 1:
            continue
        where, content = f"{folder}/{key}", str(config.get("content") or "").encode()
        if config.get("file"):
            where, found = sources.read(folder, str(config["file"]))
            content = found or b""
        for number, line in enumerate(content[: 1 << 20].decode("utf-8", "replace").splitlines(), 1):
            for each in addressed(line[:_MAX_VALUE]):
                said = f"configuration {key}"
                place = Location(where, number)
                yield Mention(Kind.CONFIGURATION, name, place, said, each.host, each.port, each.scheme)


def _references(given: Any) -> list[str]:
    entries = given if isinstance(given, Seq) else []
    return [str(each.get("source") if isinstance(each, Map) else each) for each in entries]


def _not_carried(name: str, entry: Map, file: str) -> Iterator[Note]:
    """What the file says and a manifest says in another way: a person has to carry it over."""
    fields = ", ".join(f"`{each}`" for each in _NOT_CARRIED if entry.get(each))
    if fields:
        verb = "are" if "," in fields else "is"
        text = f"{name}: {fields} {verb} not carried over; see `health`, `config`, `secrets` and `build.start`"
        yield Note(Location(file), text, unread=False)


def _build(entry: Map, file: str) -> str:
    """The Dockerfile's path, relative to where the file is named from; empty where nothing is built."""
    folder = _folder(entry, file)
    if folder is None:
        return ""
    build = entry.get("build")
    named = build.get("dockerfile") if isinstance(build, Map) else None
    return posixpath.normpath(posixpath.join(folder, str(named or "Dockerfile")))


def _folder(entry: Map, file: str) -> str | None:
    build = entry.get("build")
    context = build.get("context", ".") if isinstance(build, Map) else build
    if not isinstance(context, str) or "://" in context or not context:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), context))


def _mounts(entry: Map, file: str) -> Iterator[str]:
    """What stands beside the file and is shown to the service."""
    given = entry.get("volumes")
    for each in given if isinstance(given, Seq) else ():
        source = each.get("source") if isinstance(each, Map) else str(each).partition(":")[0]
        if isinstance(source, str) and source.startswith("."):
            yield posixpath.normpath(posixpath.join(posixpath.dirname(file), source))


def _program(entry: Map) -> str:
    """The name of the program that is started, where one image serves for several services."""
    for field in ("entrypoint", "command"):
        given = entry.get(field)
        words = [str(each) for each in given] if isinstance(given, Seq) else str(given or "").split()
        if words:
            return posixpath.basename(words[0])
    return ""


def _environment(entry: Map) -> dict[str, str]:
    pairs = {key: _text(value) for key, value, _ in environment_entries(entry.get("environment")) if value is not None}
    return {key: value for key, value in pairs.items() if len(value) <= _MAX_VALUE}


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _at(entry: Any, *path: str) -> Mapping[str, Any]:
    node: Any = entry
    for step in path:
        node = node.get(step) if isinstance(node, Map) else None
    return node if isinstance(node, Map) else {}
