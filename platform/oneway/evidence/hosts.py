"""Which hosts a value names: `http://orders:80/`, `orders-db:27017`, or `orders` in a variable meant for hosts."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,62}[A-Za-z0-9])?(?:\.[A-Za-z0-9_-]{1,63})*"
_ADDRESSED: Final = re.compile(
    rf"(?:(?<![A-Za-z0-9])([A-Za-z][A-Za-z0-9+.-]{{0,30}})://(?:[^/@\s]{{0,500}}@)?({_HOST})(?::([0-9]{{1,5}})(?![0-9]))?)"
    rf"|(?<![A-Za-z0-9._/@:-])(?:[^\s/@:,;=]+@)?({_HOST}):([0-9]{{1,5}})(?![0-9:])"
    rf"|[\w.+-]{{1,60}}(?::[^\s@/]{{0,200}})?@tcp\(({_HOST})(?::([0-9]{{1,5}}))?\)"
    rf"|(?i:\b(?:host|server|data source|addr|address|hostname)=)({_HOST})(?:,([0-9]{{1,5}}))?(?=[;\s]|$)"
)
_LISTED: Final = re.compile(r"[,;\s]+")
_HOST_VARIABLE: Final = re.compile(
    r"(HOST|HOSTNAME|ADDR|ADDRESS|URL|URI|ENDPOINT|SERVER|BROKER|BOOTSTRAP|SERVICE|UPSTREAM|BACKEND|NODE|SEED|PEER|MASTER)S?"
    r"(?:_?(?:NAME|ID)S?)?$",
    re.IGNORECASE,
)
_NO_CALL: Final = re.compile(
    r"(ALLOWED|TRUSTED|VIRTUAL|PERMITTED|BIND|LISTEN|ADVERTISED?|NO_?PROXY|CORS|CSRF|ORIGIN|EXPOSED?|OWN|SELF|PUBLIC)"
    r"|(^|_)(SERVICE_NAME|APP_NAME|APPLICATION_NAME|HOST_?NAME|CONTAINER_NAME|POD_NAME)$",
    re.IGNORECASE,
)
_IDENTITY: Final = re.compile(r"(OTEL_SERVICE_NAME|SERVICE_NAME|APP_NAME|HOST_?NAME)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """A host that a value addresses; port 0 and scheme "" where the value does not say."""

    host: str
    port: int = 0
    scheme: str = ""


def hosts_of(variable: str, value: str) -> Iterator[Named]:
    """Every host that the value of this variable (or key, or argument) addresses, known or not."""
    if _NO_CALL.search(variable) and not variable.upper().endswith("_URL"):
        return
    yield from addressed(value)
    if _HOST_VARIABLE.search(variable) and not _IDENTITY.search(variable):
        for each in _LISTED.split(value):
            if re.fullmatch(_HOST, each):
                yield Named(each)


def addressed(value: str) -> Iterator[Named]:
    """Every host that stands in an address: with a scheme, with a port, or in a connection string."""
    for match in _ADDRESSED.finditer(value):
        host = match[2] or match[4] or match[6] or match[8]
        port = int(match[3] or match[5] or match[7] or match[9] or 0)
        yield Named(host, port if port < 65536 else 0, (match[1] or "").lower())


def is_outside(host: str) -> bool:
    """Whether a host that nobody here has looks like one on the internet."""
    return bool(re.search(r"\.[a-z]{2,}$", host)) and not host.endswith((".local", ".internal", ".svc", ".localhost"))
