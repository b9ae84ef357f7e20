"""From facts to calls: names are resolved when everything has been read, and files get their owners."""

import re
from collections.abc import Iterable, Iterator

from typing import Final

from .mentions import CONFIDENCE, Alias, Kind, Mention, Note
from .observed import Observed, ObservedCall, ObservedService, join_services
from .owners import Owners
from .sources import Fact

_MAX_STEPS: Final = 4
# A word that says itself that it names a service: `srv-geo`, `UserService`.
_SAYS_SERVICE: Final = re.compile(r"(?:^|[-_.])(?:srv|svc|service|server)(?:[-_.]|$)|[a-z](?:Service|Svc|Server)$")


def resolve(facts: Iterable[Fact]) -> Observed:
    """Every service and every call that the facts show together."""
    given: list[ObservedService] = []
    aliases: list[Alias] = []
    mentions: list[Mention] = []
    notes: set[Note] = set()
    for fact in facts:
        match fact:
            case ObservedService():
                given.append(fact)
            case Alias():
                aliases.append(fact)
            case Mention():
                mentions.append(fact)
            case Note():
                notes.add(fact)
    services = join_services(given)
    owners = Owners(services.values(), aliases, (each.place.file for each in mentions))
    names = Names(services, aliases, owners)
    calls: set[ObservedCall] = set()
    for mention in mentions:
        calls |= set(_calls(mention, names, owners))
    real = sorted(each for each in calls if CONFIDENCE[each.kind] != "note")
    hints = sorted(each for each in calls if CONFIDENCE[each.kind] == "note")
    kinds = frozenset(each.kind for each in mentions)
    found = tuple(sorted(notes, key=lambda each: (each.place, each.text)))
    return Observed(tuple(services.values()), tuple(real), tuple(hints), found, kinds)


class Names:
    """Which services a host names: in its own namespace first, then anywhere where only one has the name."""

    def __init__(self, services: Iterable[str], aliases: Iterable[Alias], owners: Owners) -> None:
        self._services = set(services)
        self._owners = owners
        self._scoped: dict[tuple[str, str], set[str]] = {}
        self._named: dict[str, set[str]] = {}
        self._forwarded: dict[str, set[str]] = {}
        for alias in aliases:
            key = alias.name.lower()
            if alias.host:
                self._forwarded.setdefault(key, set()).add(alias.host)
                continue
            service = alias.service or owners.of(alias.file) or owners.by_name(alias.name)
            if service in self._services:
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

    def knows(self, host: str) -> bool:
        """Whether a word could be the name of a service here."""
        return bool(self.targets(host, "", True))

    def knows_exactly(self, host: str) -> bool:
        """Whether somebody gave exactly this name."""
        return bool(self.targets(host, "", False))


def _calls(mention: Mention, names: Names, owners: Owners) -> Iterator[ObservedCall]:
    source = mention.source or owners.of(mention.place.file)
    if not source:
        return
    for target in names.targets(mention.host, mention.scope, mention.kind in (Kind.CODE, Kind.CONFIGURATION)):
        if target != source:
            yield ObservedCall(
                source, target, mention.said, mention.place, mention.kind, mention.port, mention.scheme, mention.traffic
            )


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


