"""Which services a value names: `http://orders:80/`, `orders-db:27017`, or `orders` in a variable meant for hosts."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_-]+)*"
_ADDRESSED: Final = re.compile(
    rf"(?:([a-z][a-z0-9+.-]*)://(?:[^/@\s]*@)?({_HOST})(?::([0-9]{{1,5}}))?)"
    rf"|(?<![A-Za-z0-9._/@-])({_HOST}):([0-9]{{1,5}})(?![0-9])"
)
_HOST_VARIABLE: Final = re.compile(r"(HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|SERVER|BROKER|SERVICE)S?$", re.IGNORECASE)
_IDENTITY: Final = re.compile(r"(SERVICE_NAME|APP_NAME|HOSTNAME)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A host that a variable's value addresses; port 0 and scheme "" where the value does not say."""

    variable: str
    host: str
    port: int = 0
    scheme: str = ""


def named_hosts(env: Mapping[str, str], known: Collection[str]) -> Iterator[Named]:
    """Every known host that a value addresses; in the order of the variables' names."""
    for variable in sorted(env):
        for named in _hosts(variable, env[variable]):
            if _inside(named.host) in known:
                yield replace(named, host=_inside(named.host))


def outside_hosts(env: Mapping[str, str], known: Collection[str]) -> Iterator[Named]:
    """Every host with a dotted name, addressed by a URL, that is none of the known ones: something outside."""
    for variable in sorted(env):
        for named in _hosts(variable, env[variable]):
            if named.scheme and "." in named.host and _inside(named.host) not in known:
                yield named


def _inside(host: str) -> str:
    """The service that a host inside the system names: `orders`, `orders.shop`, `orders.shop.svc.cluster.local`."""
    name, _, rest = host.partition(".")
    labels = rest.split(".") if rest else []
    return name if len(labels) < 2 or labels[1] == "svc" else ""


def _hosts(variable: str, value: str) -> Iterator[Named]:
    for match in _ADDRESSED.finditer(value):
        port = int(match[3] or match[5] or 0)
        yield Named(variable, match[2] or match[4], port if port < 65536 else 0, match[1] or "")
    if _HOST_VARIABLE.search(variable) and not _IDENTITY.search(variable) and re.fullmatch(_HOST, value):
        yield Named(variable, value)
