"""Compose files: services, their ports, and whom they name in `depends_on`, `links` and their environment."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from .hosts import Named, named_hosts, outside_hosts
from .observed import Observed, ObservedCall, ObservedService, service_name, split_secrets

_VARIABLE: Final = re.compile(r"\$(?:\$|\{([A-Za-z_][A-Za-z0-9_]*)(?::?([-?+])([^}]*))?\}|([A-Za-z_][A-Za-z0-9_]*))")
_MAX_VALUE: Final = 4000


def is_compose(document: Any) -> bool:
    """Whether this is a compose file: services, and nothing that says Kubernetes or Oneway."""
    return isinstance(document, dict) and isinstance(document.get("services"), dict) and "apiVersion" not in document


def read_compose(document: Mapping[str, Any], file: str, variables: Mapping[str, str]) -> Observed:
    """What one compose file shows; `variables` fill `${NAME}`, as an .env file beside it would."""
    entries = {str(name): entry for name, entry in document["services"].items() if isinstance(entry, dict)}
    aliases = {alias: service_name(name) for name, entry in entries.items() for alias in _aliases(name, entry)}
    services = tuple(_service(name, entry, file, variables) for name, entry in sorted(entries.items()))
    calls = tuple(
        ObservedCall(service_name(name), aliases[each.host], each.variable, file, each.port, each.scheme)
        for name, entry in sorted(entries.items())
        for each in _named(entry, aliases, variables)
    )
    return Observed(services, calls, tuple(_unused(entries, aliases, file, variables)))


def fill(text: str, variables: Mapping[str, str]) -> str:
    """The text with `$NAME`, `${NAME}` and `${NAME:-default}` replaced; unknown names become empty, `$$` a dollar."""

    def value(match: re.Match[str]) -> str:
        name = match[1] or match[4]
        if name is None:
            return "$"
        default = match[3] if match[2] == "-" else ""
        return variables.get(name, default or "")

    return _VARIABLE.sub(value, text)


def _service(name: str, entry: Mapping[str, Any], file: str, variables: Mapping[str, str]) -> ObservedService:
    plain, secret = split_secrets(_environment(entry, variables))
    limits = _at(entry, "deploy", "resources", "limits")
    replicas = _at(entry, "deploy").get("replicas")
    return ObservedService(
        name=service_name(name),
        source=file,
        image=fill(str(entry.get("image") or ""), variables),
        build=_build(entry, variables),
        ports=_ports(entry, variables),
        replicas=replicas if isinstance(replicas, int) else None,
        cpu=_cpu(limits.get("cpus")),
        memory=_memory(fill(str(limits.get("memory") or ""), variables)),
        env=plain,
        secret_env=secret,
        public=any(":" in str(each) for each in _list(entry.get("ports"))),
    )


def _aliases(name: str, entry: Mapping[str, Any]) -> Iterator[str]:
    yield name
    for key in ("hostname", "container_name"):
        if isinstance(entry.get(key), str):
            yield entry[key]


def _named(entry: Mapping[str, Any], aliases: Mapping[str, str], variables: Mapping[str, str]) -> Iterator[Named]:
    for key in ("depends_on", "links"):
        for each in _list(entry.get(key)):
            target = str(each).partition(":")[0]
            if target in aliases:
                yield Named(key, target)
    for named in named_hosts(_environment(entry, variables), aliases):
        yield replace(named, variable=f"environment {named.variable}")


def _unused(
    entries: Mapping[str, Mapping[str, Any]], aliases: Mapping[str, str], file: str, variables: Mapping[str, str]
) -> Iterator[str]:
    """What the files say and a manifest says in another way: a person has to carry it over."""
    for name, entry in sorted(entries.items()):
        for key in ("healthcheck", "volumes", "command", "entrypoint"):
            if entry.get(key):
                yield f"{file}: {name}: `{key}` is not carried over; see `health`, `config` and `build.start`"
        for each in outside_hosts(_environment(entry, variables), aliases):
            yield f"{file}: {name}: {each.variable} addresses {each.host}, outside: declare it under `externals`"


def _build(entry: Mapping[str, Any], variables: Mapping[str, str]) -> str:
    """The Dockerfile's path relative to the repository; empty where nothing is built."""
    build = entry.get("build")
    given = build if isinstance(build, dict) else {"context": build}
    context = given.get("context")
    if not isinstance(context, str):
        return ""
    folder = posixpath.normpath(fill(context, variables))
    file = fill(str(given.get("dockerfile") or "Dockerfile"), variables)
    return posixpath.normpath(posixpath.join(folder, file))


def _environment(entry: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, str]:
    given = entry.get("environment")
    pairs: dict[str, Any] = {}
    if isinstance(given, dict):
        pairs = {str(key): value for key, value in given.items()}
    else:
        for each in _list(given):
            key, equals, value = str(each).partition("=")
            pairs[key] = value if equals else None
    filled = {
        key: variables.get(key) if value is None else fill(_text(value), variables) for key, value in pairs.items()
    }
    return {key: value for key, value in filled.items() if value is not None and len(value) <= _MAX_VALUE}


def _ports(entry: Mapping[str, Any], variables: Mapping[str, str]) -> dict[str, int]:
    found: list[int] = []
    for each in (*_list(entry.get("ports")), *_list(entry.get("expose"))):
        inside = each.get("target") if isinstance(each, dict) else fill(str(each), variables).rpartition(":")[2]
        number = str(inside).partition("/")[0]
        if number.isascii() and number.isdigit() and 0 < int(number) < 65536 and int(number) not in found:
            found.append(int(number))
    return {f"port-{number}": number for number in found}


def _cpu(given: Any) -> str | None:
    text = str(given) if given is not None else ""
    return text if re.fullmatch(r"[0-9]+(\.[0-9]+)?", text) else None


def _memory(given: str) -> str | None:
    match = re.fullmatch(r"([0-9]+)\s*([bkmg])?b?", given.lower())
    if not match:
        return None
    return match[1] + {"k": "Ki", "m": "Mi", "g": "Gi"}.get(match[2] or "b", "")


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, list | dict) else []


def _at(entry: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    node: Any = entry
    for step in path:
        node = node.get(step) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}
