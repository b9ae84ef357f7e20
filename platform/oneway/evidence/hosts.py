"""Which services a value names: `http://orders:80/`, `orders-db:27017`, or `orders` in a variable meant for hosts."""

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Final

_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9_-]+)*"
_ADDRESSED: Final = re.compile(rf"(?:://(?:[^/@\s]*@)?({_HOST}))|(?<![A-Za-z0-9._/@-])({_HOST}):[0-9]{{1,5}}(?![0-9])")
_HOST_VARIABLE: Final = re.compile(r"(HOST|ADDR|ADDRESS|URL|URI|ENDPOINT|SERVER|BROKER|SERVICE)S?$", re.IGNORECASE)
_IDENTITY: Final = re.compile(r"(SERVICE_NAME|APP_NAME|HOSTNAME)$", re.IGNORECASE)
_SECRET: Final = re.compile(
    r"(PASS(WORD|WD|PHRASE)?|SECRET|TOKEN|CREDENTIALS?|PRIVATE|API_?KEY|ACCESS_?KEY)", re.IGNORECASE
)
_USERINFO: Final = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def named_hosts(env: Mapping[str, str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """Pairs (variable, host) for every known host that a value addresses; in the order of the variables' names."""
    for variable in sorted(env):
        for host in _hosts(variable, env[variable]):
            short = host.partition(".")[0]
            if short in known:
                yield variable, short


def is_secret(variable: str, value: str) -> bool:
    """Whether the variable's name, or a password inside an address, says that nobody should read the value."""
    return bool(_SECRET.search(variable) or _USERINFO.search(value))


def _hosts(variable: str, value: str) -> Iterator[str]:
    for match in _ADDRESSED.finditer(value):
        yield match[1] or match[2]
    if _HOST_VARIABLE.search(variable) and not _IDENTITY.search(variable) and re.fullmatch(_HOST, value):
        yield value
