"""What callers of a backing service are told: its address in the form that it declares, the password left open."""

from dataclasses import dataclass

from ..model import Call, Connection, SecretRef, Service, System
from ..model.state import ADDRESS, HOST, PASSWORD, PORT
from .wiring import Address


@dataclass(frozen=True, slots=True)
class Told:
    """One variable: its text, and the secret whose value stands for `${password}` in it, if there is any."""

    variable: str
    text: str
    secret: SecretRef | None


def connections(system: System, service: Service, address: Address) -> tuple[Told, ...]:
    """One for each call to what declares a connection, sorted; what the manifest sets itself stays."""
    taken = service.env.keys() | service.secrets.keys()
    found = [each for call in service.calls if (each := _told(system, call, address)) is not None]
    return tuple(sorted((each for each in found if each.variable not in taken), key=lambda each: each.variable))


def secrets_of(system: System, service: Service) -> dict[str, SecretRef]:
    """The secrets in what it is told, by variable; that of its own connection too, where it is called itself."""
    found = {each.variable: each.secret for each in connections(system, service, _nowhere) if each.secret is not None}
    if service.connection is not None and service.connection.secret is not None:
        found[OWN_PASSWORD] = service.connection.secret
    return found


OWN_PASSWORD = "ONEWAY_PASSWORD"


def _told(system: System, call: Call, address: Address) -> Told | None:
    where = _where(system, call, address)
    if where is None:
        return None
    connection, found = where
    host, _, port = found.rpartition(":")
    text = connection.url.replace(ADDRESS, found).replace(HOST, host).replace(PORT, port)
    secret = connection.secret if PASSWORD in text else None
    return Told(call.variable or connection.variable, text, secret)


def _where(system: System, call: Call, address: Address) -> tuple[Connection, str] | None:
    callee = system.services.get(call.to)
    if callee is not None:
        endpoint = callee.endpoint(call.endpoint)
        if callee.connection is None or endpoint is None:
            return None
        return callee.connection, address(callee.name, endpoint)
    external = system.platform.externals.get(call.to)
    if external is None or external.connection is None:
        return None
    return external.connection, f"{external.host}:{external.port}"


def _nowhere(service: str, endpoint: object) -> str:
    return ":"
