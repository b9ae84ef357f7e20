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
_WORDS: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+")
# Words of variables that say whom one lets in, where one listens, who one is, or whom one leaves out.
_NO_CALL: Final = re.compile(
    r"(^|_)(ALLOW(ED)?|TRUSTED|VIRTUAL|PERMITTED|BIND|LISTEN(ERS?)?|ADVERTISED?|NO_?PROXY|CORS|CSRF|ORIGINS?|REDIRECT|CALL_?BACK|LOGOUT|EXPOSED?|PUBLIC"
    r"|EXCLUDED?|IGNORED?|DISABLED?|BLOCKED|DENIED)(_|$)"
    r"|^((OTEL|DD|DATADOG|APM|ELASTIC|JAEGER|ZIPKIN|INSTANA|SENTRY|NEW|RELIC|SW|TRAC(E|ING)|LOG|METRICS|SPRING|MY|THIS|OWN|NEXT"
    r"|VITE|REACT|WEB|DEFAULT)_)*"
    r"(SERVICE|APP|APPLICATION|CONTAINER|POD|CLIENT|NODE|INSTANCE|SERVER|MODULE|PROJECT)_?NAME$"
)
_LED_BACK: Final = re.compile(r"(^|_)(REDIRECT|CALL_?BACK|LOGOUT)(_|$)")


@dataclass(frozen=True, slots=True)
class Named:
    """A host that a value addresses; port 0 and scheme "" where the value does not say."""

    host: str
    port: int = 0
    scheme: str = ""


def hosts_of(variable: str, value: str) -> Iterator[Named]:
    """Every host that the value of this variable (or key, or argument) addresses, known or not."""
    if says_no_call(variable):
        return
    yield from addressed(value)
    if _HOST_VARIABLE.search(variable):
        for each in _LISTED.split(value):
            if re.fullmatch(_HOST, each):
                yield Named(each)


def says_no_call(variable: str) -> bool:
    """Whether a variable says who one is, whom one lets in or whom one leaves out, and nobody that is called."""
    words = _WORDS.sub("_", variable).upper()
    return bool(_NO_CALL.search(words)) and not (words.endswith("_URL") and not _LED_BACK.search(words))


def addressed(value: str) -> Iterator[Named]:
    """Every host that stands in an address: with a scheme, with a port, or in a connection string."""
    for match in _ADDRESSED.finditer(value):
        host = match[2] or match[4] or match[6] or match[8]
        port = int(match[3] or match[5] or match[7] or match[9] or 0)
        yield Named(host, port if port < 65536 else 0, (match[1] or "").lower())


def is_outside(host: str) -> bool:
    """Whether a host that nobody here has looks like one on the internet."""
    return bool(re.search(r"\.[a-z]{2,}$", host)) and not host.endswith((".local", ".internal", ".svc", ".localhost"))
