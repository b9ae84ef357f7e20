"""Configuration files of applications: Spring's, properties, JSON, TOML, ini, nginx, and what Dockerfiles set."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ...errors import Location
from ..hosts import addressed, hosts_of
from ..interpolation import TooLong, fill
from ..mentions import HERE, Alias, Bound, Kind, Mention, Note, Posted, Registry, Role, TopicName, Way
from ..sources import Fact, SourceFile, Sources
from ..yaml_reader import Map, Seq, Unreadable, place_of, read_yaml

_SUFFIXES: Final = (
    ".properties",
    ".json",
    ".toml",
    ".ini",
    ".cfg",
    ".conf",
    ".yml",
    ".yaml",
    ".template",
    ".hcl",
    ".env",
)
_LINES: Final = (".properties", ".toml", ".ini", ".cfg", ".conf", ".template", ".hcl")
_NOT_CONFIGURATION: Final = re.compile(
    r"(^|/)(package(-lock)?|tsconfig[\w.]*|composer|bower|angular|nx|lerna|renovate|openapi[\w.-]*|swagger[\w.-]*"
    r"|[\w.-]*lock|mkdocs|skaffold|cloudbuild|codecov|dependabot|\w*messages?(_\w+)?|values[\w.-]*|chart"
    r"|devcontainer|launch|launchsettings|settings\.local|\.\w[\w.-]*|[\w.-]*dashboards?[\w.-]*)\.(json|ya?ml|toml|properties|template)$"
    r"|(^|/)(\.github|\.gitlab|\.circleci|\.azure|docs?|i18n|locales?|dashboards|charts?|helm[\w-]*|grafana)/",
    re.IGNORECASE,
)
_ENTRY: Final = re.compile(r"""^\s*["']?([\w.\[\]/-]{1,200})["']?\s*[=:]\s*(.*?)\s*$""")
_DIRECTIVE: Final = re.compile(r"^\s*([a-z_]{2,40})\s+(\S.{0,2000}?);", re.MULTILINE)
_UPSTREAM_SERVER: Final = re.compile(r"\s*([\w.-]{2,200})(?::[0-9]+)?(?:\s|$)")
# Where a collector of telemetry says whom it asks for metrics: that is no call that the system makes.
_PROBING: Final = ("scrape_configs", "receivers.")
_APPLICATION: Final = re.compile(
    r"^(spring\.application\.name|quarkus\.application\.name|micronaut\.application\.name|dubbo\.application\.name"
    r"|eureka\.instance\.(appname|vip-?address))$",
    re.IGNORECASE,
)
# A service's name where somebody is led to: `Routes.ServiceName` is another's, and only alone one's own.
_ROUTED: Final = re.compile(
    r"(?:route|upstream|downstream|backend|destination|target|client|consumer|reference|cluster)\w*\."
    r"(?:[^.]{1,60}\.){0,3}(?:service|app|application|host)[_-]?(?:name|id)$",
    re.IGNORECASE,
)
# Whose streams are brought together, by the names under which they registered.
_GATHERED: Final = re.compile(r"turbine\.app-?config$", re.IGNORECASE)
# Where one's own address is said, which one listens at or is registered by.
_LISTENS: Final = re.compile(r"(^|\.)(server|listen|instance|management|http|https|application|app)$", re.IGNORECASE)
_OWN_PORT: Final = ("server.port", "quarkus.http.port", "micronaut.server.port")
_SPRING_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][\w.-]*)(?::([^{}]*))?\}")
_ENV: Final = re.compile(r"^\s*(?:ENV|ARG)\s+(.*)$", re.IGNORECASE)
_RUN: Final = re.compile(r"^\s*(?:CMD|ENTRYPOINT)\s+(.*)$", re.IGNORECASE)
_PAIR: Final = re.compile(r"""([A-Za-z_]\w*)(?:=|\s+(?!\S+=))("[^"]*"|'[^']*'|\S+)""")
_STREAM: Final = re.compile(r"cloud\.stream\.bindings\.([^.]+)\.destination$")
_OUT: Final = re.compile(r"out(put)?(-[0-9]+)?$|[a-z]Out$|producer|publish", re.IGNORECASE)
_REACTIVE: Final = re.compile(r"mp\.messaging\.(?:incoming|outgoing)\.([^.]+)\.(?:topic|address|queue\.name)$")
# What makes a service part of a registry, by a setting (in lower case, without hyphens) and its value.
_ROLES: Final = (
    (r"eureka\.client\.serviceurl|spring\.cloud\.(consul|nacos|zookeeper)\.", r".*", Role.REGISTERS),
    (r"eureka\.client\.(registerwitheureka|enabled)$|spring\.cloud\.\w+(\.\w+)*\.register$", r"false", Role.STAYS_OUT),
    (r"cloud\.gateway(\.server\.\w+)?\.discovery\.locator\.enabled$", r"true", Role.ROUTES),
    (r"zuul\.routes\.|cloud\.gateway(\.server\.\w+)?\.routes\b", r".*", Role.ROUTES_BY_LIST),
    (r"zuul\.ignoredservices$", r".*\*.*", Role.ROUTES_BY_LIST),
)
_TOPIC: Final = re.compile(r"topic|queue|exchange|destination|subject|stream|channel", re.IGNORECASE)
_MAX_VALUE: Final = 4000
MAX_BYTES: Final = 1 << 20


def is_dockerfile(name: str) -> bool:
    """Whether a file is a Dockerfile by its name."""
    base = posixpath.basename(name).lower()
    return base in ("dockerfile", "containerfile") or base.startswith("dockerfile.") or base.endswith(".dockerfile")


def is_configuration(name: str) -> bool:
    """Whether a file is an application's configuration by its name."""
    return name.lower().endswith(_SUFFIXES) and not _NOT_CONFIGURATION.search(name)


def read_dockerfile(file: SourceFile) -> Iterator[Fact]:
    """The hosts in variables and arguments that an image is built with."""
    text = file.content[:MAX_BYTES].decode("utf-8", "replace")
    joined = re.sub(r"\\[ \t]*\r?\n", lambda match: "  ", text)
    variables: dict[str, str] = {}
    for number, line in enumerate(joined.splitlines(), 1):
        place = Location(file.name, number)
        if match := _ENV.match(line[: 4 * _MAX_VALUE]):
            for name, value in _PAIR.findall(match[1]):
                try:
                    variables[name] = fill(value.strip("\"'"), variables)[:_MAX_VALUE]
                except TooLong:
                    continue
                for each in hosts_of(name, variables[name]):
                    yield Mention(Kind.ENVIRONMENT, "", place, f"ENV {name}", each.host, each.port, each.scheme)
        elif match := _RUN.match(line[: 4 * _MAX_VALUE]):
            for word in re.split(r"[\s\",\[\]]+", match[1]):
                option, _, value = word.lstrip("-").partition("=")
                for each in hosts_of(option, value) if value else addressed(word):
                    yield Mention(Kind.ARGUMENT, "", place, "CMD", each.host, each.port, each.scheme)


def read_configuration(file: SourceFile) -> Iterator[Fact]:
    """The hosts that an application's configuration names, and the name that it gives the application."""
    if len(file.content) > MAX_BYTES:
        yield Note(Location(file.name), f"not read: a configuration of more than {MAX_BYTES >> 20} MiB")
        return
    if file.name.lower().endswith(_LINES):
        yield from _lines(file)
        return
    try:
        documents = list(read_yaml(file.content))
    except Unreadable as error:
        yield Note(Location(file.name, error.line, error.column), f"not read: {error.reason}")
        return
    for document in documents:
        yield from _said(_flat(document, "", file.name), file.name)


def read_documents(documents: Iterable[tuple[str, Any]], sources: Sources) -> Iterator[Fact]:
    """The same for YAML that was read already and is nothing else."""
    for file, document in documents:
        yield from _said(_flat(document, "", file), file)


def _lines(file: SourceFile) -> Iterator[Fact]:
    text = file.content.decode("utf-8", "replace")
    if file.name.endswith((".conf", ".template")) or "nginx" in file.name:
        yield from _nginx(text, file.name)
    pairs: list[tuple[str, str, Location]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.lstrip().startswith(("#", "!", ";", "//")):
            continue
        match = _ENTRY.match(line[:_MAX_VALUE])
        if match:
            pairs.append((match[1], match[2].strip("\"', "), Location(file.name, number)))
    yield from _said(pairs, file.name)


def _nginx(text: str, file: str) -> Iterator[Fact]:
    """Directives that send requests on: proxy_pass and its kin, and the servers of upstreams."""
    for match in _DIRECTIVE.finditer(text):
        name, value = match[1], match[2]
        place = Location(file, text.count("\n", 0, match.start()) + 1)
        found = list(addressed(value))
        if name == "server" or name.endswith("_pass"):
            for each in found:
                yield Mention(Kind.CONFIGURATION, "", place, name, each.host, each.port, each.scheme)
            bare = _UPSTREAM_SERVER.match(value)
            if bare and not found:
                yield Mention(Kind.CONFIGURATION, "", place, name, bare[1])
        elif name == "set":
            for each in found:
                yield Mention(Kind.CONFIGURATION, "", place, name, each.host, each.port, each.scheme)


def _flat(node: Any, path: str, file: str) -> Iterator[tuple[str, str, Location]]:
    """Every leaf with its dotted path."""
    if isinstance(node, Map):
        for key, value in node.items():
            inner = f"{path}.{key}" if path else key
            if isinstance(value, Map | Seq):
                yield from _flat(value, inner, file)
            elif value is not None:
                yield inner, str(value), place_of(node, key, file)
    elif isinstance(node, Seq):
        for at, value in enumerate(node):
            if isinstance(value, Map | Seq):
                yield from _flat(value, path, file)
            elif value is not None:
                yield path, str(value), place_of(node, at, file)


def _said(given: Any, file: str) -> Iterator[Fact]:
    pairs = list(given)
    yield from _on_this_machine(pairs)
    for key, value, place in pairs:
        text = _with_defaults(value[:_MAX_VALUE])
        if _APPLICATION.match(key) and re.fullmatch(r"[\w.-]{1,100}", text):
            yield Alias(text, file=file)
            continue
        yield from _topics(key, text, place)
        yield from _registry(key, text, place)
        if key in _OWN_PORT and text.isdigit():
            yield Alias(f"{HERE}:{int(text)}", file=file)
        last = key.rpartition(".")[2]
        variable = "server" if _ROUTED.search(key) or _GATHERED.search(key) else last
        hosts: Mapping[tuple[str, int, str], None] = {
            (each.host, each.port, each.scheme): None for each in hosts_of(variable, text)
        }
        for host, port, scheme in hosts:
            kind = Kind.PROBING if key.startswith(_PROBING) else Kind.CONFIGURATION
            yield Mention(kind, "", place, f"configuration {key}", host, port, scheme)
        if len(hosts) == 1 and len(last) >= 6:
            yield Alias(last, host=next(iter(hosts))[0])


def _on_this_machine(pairs: Iterable[tuple[str, str, Location]]) -> Iterator[Mention]:
    """`host: localhost` beside `port: 9200` is an address, as one value would be."""
    beside: dict[str, dict[str, tuple[str, Location]]] = {}
    for key, value, place in pairs:
        above, _, last = key.rpartition(".")
        beside.setdefault(above, {})[last.lower()] = (_with_defaults(value[:_MAX_VALUE]), place)
    for above, said in beside.items():
        host, place = said.get("host", ("", Location("")))
        port = said.get("port", ("", place))[0]
        if host in ("localhost", "127.0.0.1") and port.isdigit() and len(port) < 6 and not _LISTENS.search(above):
            yield Mention(Kind.CONFIGURATION, "", place, f"configuration {above}.host", host, int(port))


def _topics(key: str, value: str, place: Location) -> Iterator[Fact]:
    """What names topics: the bindings of Spring Cloud Stream and of MicroProfile, and settings that code may read."""
    if binding := _STREAM.search(key):
        way = Way.PUBLISH if _OUT.search(binding[1]) else Way.SUBSCRIBE
        yield Posted(way, f'"{value}"', place, "")
    elif reactive := _REACTIVE.search(key):
        yield Bound(f'"{reactive[1]}"', f'"{value}"', place.file)
    elif _TOPIC.search(key):
        yield TopicName(key, f'"{value}"', place.file)


def _registry(key: str, value: str, place: Location) -> Iterator[Registry]:
    plain = key.replace("-", "").lower()
    for pattern, wanted, role in _ROLES:
        if re.search(pattern, plain) and re.fullmatch(wanted, value.strip().lower()):
            yield Registry(role, place)


def _with_defaults(text: str) -> str:
    """Spring's `${NAME:default}` as its default, where it has one."""
    for _ in range(3):
        text = _SPRING_VARIABLE.sub(lambda match: match[2] or "", text)
    return text
