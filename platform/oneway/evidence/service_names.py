"""Which services a host names, and who speaks in a file."""

import re
from collections.abc import Iterable, Mapping
from typing import Final

from .mentions import HERE, Alias, Kind, Mention
from .observed import ObservedService
from .owners import Owners

LOOSE: Final = frozenset({Kind.CODE, Kind.CONFIGURATION, Kind.TRACE, Kind.FLOW, Kind.LOG})
"""Kinds whose names are taken up to their spelling."""
_MAX_STEPS: Final = 4
_MAX_NAMED: Final = 3
_MAX_ASKED: Final = 1000
# A word that says itself that it names a service: `srv-geo`, `UserService`.
_SAYS_SERVICE: Final = re.compile(r"(?:^|[-_.])(?:srv|svc|service|server)(?:[-_.]|$)|[a-z](?:Service|Svc|Server)$")


class Names:
    """Which services a host names: in its own namespace first, then anywhere where only one has the name."""

    def __init__(self, services: Mapping[str, ObservedService], aliases: Iterable[Alias], owners: Owners) -> None:
        self._services = set(services)
        self._owners = owners
        self._scoped: dict[tuple[str, str], set[str]] = {}
        self._named: dict[str, set[str]] = {name: {name} for name in self._services}
        self._forwarded: dict[str, set[str]] = {}
        self._listening: dict[int, set[str]] = {}
        for each in services.values():
            for port in each.ports.values():
                self._listening.setdefault(port, set()).add(each.name)
        for alias in aliases:
            key = alias.name.lower()
            if alias.host:
                self._forwarded.setdefault(key, set()).add(alias.host)
                continue
            service = alias.service or owners.of(alias.file) or owners.by_name(alias.name)
            taken = not alias.service and key in self._services
            if service in self._services and not taken:
                self._scoped.setdefault((alias.scope, key), set()).add(service)
                self._named.setdefault(key, set()).add(service)

    def targets(self, host: str, scope: str, loose: bool, steps: int = 0) -> set[str]:
        """The services behind a host. `loose` takes names up to spelling and `-service`, as in `srv-geo`."""
        original, host = host, host.lower().rstrip(".")
        name, namespace = _inside(host)
        if not name:
            return set()
        found = self._scoped.get((namespace or scope, name)) or self._named.get(name, set())
        if namespace and not self._scoped.get((namespace, name)) and not host.endswith((".svc", ".local")):
            found = set() if any(space for space, each in self._scoped if each == name and space) else found
        if not found and host in self._named:
            found = self._named[host]
        if found:
            return found
        forwarded = self._forwarded.get(host, ()) if steps < _MAX_STEPS else ()
        behind = {each for other in forwarded for each in self.targets(other, scope, False, steps + 1)}
        if len(behind) == 1:
            return behind
        known = self._owners.by_name(name) if loose and _SAYS_SERVICE.search(original) else ""
        return {known} if known else set()

    def here(self, port: int) -> set[str]:
        """The service that a port of this machine leads to, where it is only one."""
        found = self._named.get(f"{HERE}:{port}", set())
        return found if len(found) == 1 else set()

    def listening(self, port: int) -> set[str]:
        """Who listens at this port inside: for them it is their own."""
        return self._listening.get(port, set()) | self._named.get(f"{HERE}:{port}", set())

    def knows(self, host: str) -> bool:
        """Whether a word could be the name of a service here."""
        return bool(self.targets(host, "", True))

    def knows_exactly(self, host: str) -> bool:
        """Whether somebody gave exactly this name."""
        return bool(self.targets(host, "", False))


class Callers:
    """Who speaks in a file: whoever owns it, or the users of a client that several share."""

    def __init__(self, mentions: Iterable[Mention], names: Names, owners: Owners, uses: Mapping[str, set[str]]) -> None:
        self._owners, self._uses = owners, uses
        self._named: dict[str, set[str]] = {}
        for each in mentions:
            if each.place.file in uses and not each.source:
                targets = names.targets(each.host, each.scope, each.kind in LOOSE)
                self._named.setdefault(each.place.file, set()).update(targets)

    def of(self, file: str, target: str) -> set[str]:
        """Who calls the target by what this file says. A class that names many is a list, and no client of them."""
        own = self._owners.all_of(file)
        if own and own != {target}:
            return set(own)
        return self._users(file) if file in self._uses and len(self._named.get(file, ())) <= _MAX_NAMED else set()

    def _users(self, file: str) -> set[str]:
        found: set[str] = set()
        asked, ahead = {file}, [file]
        while ahead and len(asked) < _MAX_ASKED:
            for user in sorted(self._uses.get(ahead.pop(), set()) - asked):
                asked.add(user)
                own = self._owners.all_of(user)
                found |= own
                if not own:
                    ahead.append(user)
        return found


def _inside(host: str) -> tuple[str, str]:
    """Name and namespace of a host inside: `orders`, `orders.shop`, `orders.shop.svc.cluster.local`."""
    if re.fullmatch(r"[0-9.]+|localhost", host):
        return "", ""
    labels = host.split(".")
    if len(labels) == 1:
        return host, ""
    if len(labels) == 2 or labels[2] == "svc":
        # A pod of a StatefulSet stands before its Service: `kafka-0.kafka`.
        return (labels[1], "") if re.fullmatch(rf"{re.escape(labels[1])}-[0-9]+", labels[0]) else (labels[0], labels[1])
    if len(labels) > 3 and labels[3] == "svc":
        return labels[1], labels[2]
    return host, ""
