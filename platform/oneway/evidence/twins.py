"""One service under the names that two tools give it: `orders` here, `orders-deployment` or `shop-orders` there."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from .mentions import Alias, Mention
from .observed import ObservedService
from .owners import common_prefix
from .sources import Fact

_KIND: Final = re.compile(r"-(?:deployment|deploy|dep|statefulset|sts|daemonset|ds|rc|pod)$")


def unite(facts: Iterable[Fact]) -> list[Fact]:
    """The facts, with one name for what is one service."""
    given = list(facts)
    names = _twins(
        [each for each in given if isinstance(each, ObservedService)],
        [each for each in given if isinstance(each, Alias)],
    )
    return [_renamed(each, names) for each in given] + [Alias(old, new) for old, new in sorted(names.items())]


def _renamed(fact: Fact, names: Mapping[str, str]) -> Fact:
    match fact:
        case ObservedService() if fact.name in names:
            return replace(fact, name=names[fact.name])
        case Alias() if fact.service in names:
            return replace(fact, service=names[fact.service])
        case Mention() if fact.source in names:
            return replace(fact, source=names[fact.source])
    return fact


def _twins(services: list[ObservedService], aliases: list[Alias]) -> dict[str, str]:
    """Old name → name, where exactly one service of another tool, or one Service, has the other name."""
    objects = {each.name for each in services if each.tool == "kubernetes"}
    others = {each.name for each in services if each.tool != "kubernetes" and not each.inferred}
    behind: dict[str, set[str]] = {}
    for alias in aliases:
        if alias.service and not alias.host:
            behind.setdefault(alias.name, set()).add(alias.service)
    prefix = common_prefix(sorted(objects))
    found: dict[str, set[str]] = {}
    for name in sorted(objects - others):
        plain = _KIND.sub("", name)
        alone = {alias for alias, led in behind.items() if led == {name}}
        spelled = {plain, name.removeprefix(prefix), plain.removeprefix(prefix)}
        wanted = (spelled | alone | behind.get(name, set())) & others or {plain} & alone - {name}
        if len(wanted) == 1 and not wanted & objects:
            found.setdefault(next(iter(wanted)), set()).add(name)
    return {next(iter(old)): new for new, old in found.items() if len(old) == 1}
