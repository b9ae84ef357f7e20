"""A manifest speaks of containers; here several replicas share the loopback. What is said of addresses is led there.

Whole arguments and ends of arguments are led, as in `--port 8416`, `--port=8416` and `--bind=0.0.0.0:8416`, and so are
the values of variables. What stands inside a longer text, such as a shell's command line, is not: `$PORT` is for those.
"""

import re
from collections.abc import Mapping
from typing import Final

from ....model import Service
from .ask import HOST

_EVERYWHERE: Final = frozenset({"0.0.0.0", "::", "[::]"})
_ADDRESS: Final = re.compile(
    r"(?P<head>|[^\s:]*[=@]|[a-z][a-z0-9+.-]*://|[^\s:]*=[a-z][a-z0-9+.-]*://)"
    r"(?P<host>0\.0\.0\.0|\[::\]|\[::1\]|127\.0\.0\.1|localhost|\*|)"
    r":(?P<port>[0-9]{1,5})(?P<rest>/?)"
)
_OPTION: Final = re.compile(r"(?P<head>-{0,2}[A-Za-z0-9._-]*(?:port|PORT|Port)=|-p)(?P<port>[0-9]{1,5})")
_HOST_OPTION: Final = re.compile(
    r"(?P<head>-{0,2}[A-Za-z0-9._-]*(?:host|bind|address|addr|listen|interface|ip)=)(0\.0\.0\.0|::|\[::\])",
    re.IGNORECASE,
)


def adapt_command(spec: Service, ports: Mapping[str, int]) -> list[str]:
    """`start` for this machine: loopback only, and the replica's own ports in the place of the declared ones."""
    if spec.build.runtime == "static" and not spec.build.start:
        port = next(iter(ports.values()), 0)
        return ["caddy", "file-server", "--root", ".", "--listen", f"{HOST}:{port}", "--access-log"]
    led = {str(each.port): str(ports[each.name]) for each in spec.endpoints}
    return [led[word] if word in led else _adapt(word, led) for word in spec.build.start]


def adapt_variables(spec: Service, ports: Mapping[str, int]) -> dict[str, str]:
    """`env` for this machine. A plain number is led only where the variable's name says that it is a port."""
    led = {str(each.port): str(ports[each.name]) for each in spec.endpoints}
    return {
        name: led[value] if value in led and "PORT" in name else _adapt(value, led) for name, value in spec.env.items()
    }


def unadapted(spec: Service, ports: Mapping[str, int]) -> list[str]:
    """The arguments of `start` that still speak of a declared port, in the middle of something longer."""
    declared = {str(each.port) for each in spec.endpoints}
    return [word for word in adapt_command(spec, ports) if declared.intersection(re.findall(r"\d+", word))]


def _adapt(word: str, led: Mapping[str, str]) -> str:
    if word in _EVERYWHERE:
        return HOST
    if (found := _OPTION.fullmatch(word)) and found["port"] in led:
        return found["head"] + led[found["port"]]
    if (found := _ADDRESS.fullmatch(word)) and found["port"] in led:
        return f"{found['head']}{HOST}:{led[found['port']]}{found['rest']}"
    if found := _HOST_OPTION.fullmatch(word):
        return found["head"] + HOST
    return word
