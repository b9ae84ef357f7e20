"""For whom a request is, and through whom it came."""

import ipaddress

from starlette.types import Scope

from servicekit.settings import Settings

_PASSED_ON = frozenset({b"forwarded", b"x-forwarded-for", b"x-forwarded-host"})
_INSIDE = (".svc", ".cluster.local")


def was_passed_on(scope: Scope) -> bool:
    """Whether a proxy passed the request on: operators ask a replica directly."""
    return any(name in _PASSED_ON for name, _ in scope["headers"])


def is_meant(scope: Scope, settings: Settings) -> bool:
    """Whether the Host is one of the list, a name that only the inside knows, or an address.

    Another name that leads here belongs to somebody who wants a browser inside to ask this service for them.
    """
    given = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
    host = _without_port(given[0].lower()) if len(given) == 1 else ""
    return _is_address(host) or _is_inside(host, settings.service) or any(_fits(host, each) for each in settings.hosts)


def _without_port(host: str) -> str:
    name, colon, port = host.rpartition(":")
    return (name if colon and port.isdigit() else host).removesuffix(".")


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def _is_inside(host: str, service: str) -> bool:
    name, _, rest = host.partition(".")
    return host == "localhost" or (name == service and (not rest or "." not in rest or host.endswith(_INSIDE)))


def _fits(host: str, allowed: str) -> bool:
    return host.endswith(allowed[1:]) if allowed.startswith("*.") else host == allowed
