"""From facts to calls: names are resolved when everything has been read, and files get their owners."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from .find_channels import find_channels
from .mentions import (
    CONFIDENCE,
    Alias,
    Bound,
    Entered,
    Kind,
    Mention,
    Note,
    Posted,
    Registry,
    Role,
    Searched,
    TopicName,
    Traffic,
    Used,
    Uses,
)
from .observed import Observed, ObservedCall, ObservedService, join_services
from .owners import Owners
from .readers.backing import is_backing, is_collector, is_telemetry
from .service_names import LOOSE, Callers, Names
from .sources import Fact

_THIS_MACHINE: Final = ("localhost", "127.0.0.1", "host.docker.internal")
_ADDRESSED: Final = frozenset({Kind.ENVIRONMENT, Kind.ARGUMENT, Kind.CONFIGURATION})


@dataclass(slots=True)
class _Facts:
    """The facts by their kind."""

    services: list[ObservedService] = field(default_factory=list)
    aliases: list[Alias] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    searched: set[Searched] = field(default_factory=set)
    used: list[Used] = field(default_factory=list)
    uses: dict[str, set[str]] = field(default_factory=dict)
    notes: set[Note] = field(default_factory=set)
    entered: list[Entered] = field(default_factory=list)
    registry: list[Registry] = field(default_factory=list)
    posted: list[Posted] = field(default_factory=list)
    bound: list[Bound] = field(default_factory=list)
    topics: list[TopicName] = field(default_factory=list)

    def add(self, fact: Fact) -> None:
        match fact:
            case ObservedService():
                self.services.append(fact)
            case Alias():
                self.aliases.append(fact)
            case Mention():
                self.mentions.append(fact)
            case Searched():
                self.searched.add(fact)
            case Used():
                self.used.append(fact)
            case Uses():
                self.uses.setdefault(fact.library, set()).add(fact.file)
            case Registry():
                self.registry.append(fact)
            case Posted():
                self.posted.append(fact)
            case Bound():
                self.bound.append(fact)
            case TopicName():
                self.topics.append(fact)
            case Entered():
                self.entered.append(fact)
            case Note():
                self.notes.add(fact)


def resolve(facts: Iterable[Fact]) -> Observed:
    """Every service and every call that the facts show together."""
    given = _Facts()
    for fact in facts:
        given.add(fact)
    files = {each.place.file for each in given.mentions} | {each.place.file for each in given.posted}
    files |= {each.place.file for each in given.registry}
    files |= {each.file for each in given.searched} | {each.file for each in given.topics}
    described = join_services(each for each in given.services if not each.inferred)
    owners = Owners(described.values(), given.aliases, files)
    names = Names(described, given.aliases, owners)
    unknown = [each for each in given.services if each.inferred and not names.targets(each.inferred, "", True)]
    if unknown:
        given.aliases += [Alias(each.inferred, each.name) for each in unknown]
        described = join_services([*described.values(), *unknown])
        names = Names(described, given.aliases, owners)
    readers: dict[str, set[str]] = {}
    for used in given.used:
        readers.setdefault(used.word, set()).update(owners.all_of(used.file))
    stores = {name for name, each in described.items() if is_backing(each.image)}
    given.mentions = [each for each in given.mentions if _is_used(each, readers, stores)]
    watching = {name for name, each in described.items() if is_telemetry(each.image)}
    asking = {name for name, each in described.items() if is_collector(each.image)}
    applications = {name for name, each in described.items() if not is_backing(each.image)} - watching
    probed = {source: applications if source not in asking else set(described) - watching for source in watching}
    callers = Callers(given.mentions, names, owners, given.uses)
    calls = {
        _apart(call, probed, applications) for mention in given.mentions for call in _calls(mention, names, callers)
    }
    calls |= set(_routed(given.registry, owners))
    searched = {
        owner
        for each in given.searched
        for owner in (names.targets(each.service, "", True) if each.service else {owners.of(each.file)})
        if owner
    }
    channels, unclear = find_channels(given.posted, given.bound, given.topics, described, owners)
    given.notes |= set(unclear)
    return Observed(
        services=tuple(described.values()),
        channels=channels,
        calls=tuple(sorted(each for each in calls if CONFIDENCE[each.kind] != "note")),
        hints=tuple(sorted(each for each in calls if CONFIDENCE[each.kind] == "note")),
        found=tuple(sorted(given.notes, key=lambda each: (each.place, each.text))),
        searched=frozenset(searched),
        entered=_entered(given.entered, names),
    )


def _entered(facts: Iterable[Entered], names: Names) -> dict[str, tuple[Traffic, ...]]:
    found: dict[str, list[Traffic]] = {}
    for each in facts:
        for service in names.targets(each.service, "", True):
            found.setdefault(service, []).append(each.traffic)
    return {service: tuple(found[service]) for service in sorted(found)}


def _is_used(mention: Mention, readers: Mapping[str, set[str]], stores: set[str]) -> bool:
    """Whether a variable that many are given says something of this one: of no store, and of nobody whose code does not
    read it, where that of others does."""
    others = readers.get(mention.needs, set()) - {""}
    return not mention.needs or (mention.source not in stores and (not others or mention.source in others))


def _calls(mention: Mention, names: Names, callers: Callers) -> Iterator[ObservedCall]:
    here = mention.host in _THIS_MACHINE and mention.kind in _ADDRESSED and mention.port
    targets = names.here(mention.port) if here else names.targets(mention.host, mention.scope, mention.kind in LOOSE)
    for target in targets:
        sources = {mention.source} if mention.source else callers.of(mention.place.file, target)
        if mention.traffic is not None:
            sources = names.targets(mention.source, "", True)
        for source in sources - {target} - (names.listening(mention.port) if here else set()):
            yield ObservedCall(
                source, target, mention.said, mention.place, mention.kind, mention.port, mention.scheme, mention.traffic
            )


def _routed(registry: Iterable[Registry], owners: Owners) -> Iterator[ObservedCall]:
    """The calls of a gateway that nobody gave a list: to everything that registers where it looks."""
    given = list(registry)
    by_role = {role: {owners.of(each.place.file) for each in given if each.role is role} - {""} for role in Role}
    gateways = by_role[Role.ROUTES] - by_role[Role.ROUTES_BY_LIST]
    registered = by_role[Role.REGISTERS] - by_role[Role.STAYS_OUT] - by_role[Role.ROUTES] - by_role[Role.ROUTES_BY_LIST]
    for each in given:
        gateway = owners.of(each.place.file)
        if each.role is Role.ROUTES and gateway in gateways:
            for target in registered - {gateway}:
                yield ObservedCall(gateway, target, Role.ROUTES.value, each.place, Kind.CONFIGURATION)


def _apart(call: ObservedCall, probed: Mapping[str, set[str]], applications: set[str]) -> ObservedCall:
    """The call, or probing where somebody who only watches asks an application, or by a variable a database."""
    asked = probed.get(call.source, set())
    asked = asked if call.kind is Kind.ENVIRONMENT else asked & applications
    probing = call.target in asked and call.traffic is None
    return replace(call, kind=Kind.PROBING) if probing else call
