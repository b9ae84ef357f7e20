"""An availability objective is higher than what the service depends on allows.

Why: a service that needs others is down whenever one of them is. Five services of 99.9% each make at most 99.5%.
An objective above that is broken on the day it is written.

How: two bounds, and the finding says which one applied.

*Exact*: when the service and everything it reaches through required calls declare `slo.intrinsic`, their own
availability were all callees perfect, then

    ceiling(S) = Π intrinsic   over the distinct services that S reaches through required calls, S included
               × Π availability   of the distinct externals among them that declare one

Each is counted once, however many paths lead to it: failures are taken as independent between services.

*Direct*: otherwise the product of `slo.availability` over the direct required callees (services and externals); those
that declare none count as perfect.

    gateway 99.95 requires caption 99.9 and id 99.9:   ceiling = 0.999 × 0.999 = 99.8001%

Mend it: lower the objective to the number named, raise what it depends on, or make a call `required: false` and answer
without it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import prod
from typing import Final

from ...errors import Related, Severity
from ...graph import reach
from ...model import Service
from ..chain import percent
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

_SHOWN: Final = 3
_PERFECT: Final = 100.0


def check(facts: Facts) -> Iterator[Breach]:
    """One for each service whose objective is above its ceiling."""
    objectives = {name: each.slo.availability for name, each in facts.services.items() if each.slo.availability}
    if not objectives:
        return
    exact = _Exact(facts)
    for name, objective in objectives.items():
        ceiling = _ceiling(facts, exact, name)
        if objective > ceiling.percent + 1e-7:
            yield _breach(facts, exact, facts.services[name], ceiling)


@dataclass(frozen=True, slots=True)
class _Ceiling:
    """The highest availability that a service can reach, in percent, and what it is the product over."""

    percent: float
    over: str


def _ceiling(facts: Facts, exact: "_Exact", name: str) -> _Ceiling:
    whole = exact.ceiling(name)
    if whole is not None:
        return _Ceiling(whole, "everything it requires, itself included,")
    promised = [_promised(facts, callee) or _PERFECT for callee in sorted(set(_required(facts, name)))]
    return _Ceiling(_PERFECT * prod(each / 100 for each in promised), "its direct required callees")


class _Exact:
    """Products over all that a service requires. Services of one intrinsic availability count as a power of it."""

    def __init__(self, facts: Facts) -> None:
        externals = {_external(name): each for name, each in facts.system.platform.externals.items()}
        own: dict[str, float | None] = {name: each.slo.intrinsic for name, each in facts.services.items()}
        own |= {name: each.availability or _PERFECT for name, each in externals.items()}
        requires = {name: _nodes(facts, name) for name in facts.services}
        unclear = {name for name, needed in requires.items() if not all(map(own.__contains__, needed))}
        requires |= {name: [each for each in requires[name] if each in own] for name in unclear}
        self._reach = reach(requires | {name: [] for name in externals}, [*externals, *facts.graph.order])
        self._silent = self._reach.mask(name for name in requires if own[name] is None or name in unclear)
        names_by_value: dict[float, list[str]] = {}
        for name, value in own.items():
            if value is not None:
                names_by_value.setdefault(value, []).append(name)
        self._masks = [(value / 100, self._reach.mask(names)) for value, names in sorted(names_by_value.items())]

    def ceiling(self, name: str) -> float | None:
        """The exact ceiling in percent; None when something that it requires declares no intrinsic availability."""
        required = self._reach.sets[name]
        if required & self._silent:
            return None
        return _PERFECT * prod(value ** (required & mask).bit_count() for value, mask in self._masks)


def _breach(facts: Facts, exact: _Exact, service: Service, ceiling: _Ceiling) -> Breach:
    name, promised, allowed = service.name, service.slo.availability or 0.0, percent(ceiling.percent)
    return Breach(
        f"{name} promises {percent(promised)}, and the product over {ceiling.over} allows {allowed}",
        facts.place(name, "slo", "availability"),
        f"promise at most {allowed}, raise what it depends on, or answer without one of its callees",
        tuple(_worst(facts, exact, service)),
        service=name,
        subject=name,
    )


def _worst(facts: Facts, exact: _Exact, service: Service) -> Iterator[Related]:
    """The required calls that cost most."""
    required = _required(facts, service.name)
    costs = []
    for index, call in enumerate(service.calls):
        if call.required and call.to in required:
            whole = exact.ceiling(call.to) if call.to in facts.services else None
            allowed = _promised(facts, call.to) if whole is None else whole
            if allowed is not None:
                costs.append((allowed, index, call.to))
    for allowed, index, name in sorted(costs)[:_SHOWN]:
        yield Related(f"requires {name}: {percent(allowed)}", facts.place(service.name, "calls", index))


def _required(facts: Facts, name: str) -> list[str]:
    """What a service requires directly, itself left out."""
    return [call.to for call in facts.kept(name) if call.required and call.to != name]


def _nodes(facts: Facts, name: str) -> list[str]:
    """The same with externals marked, as a service may have the same name."""
    return [each if each in facts.services else _external(each) for each in _required(facts, name)]


def _external(name: str) -> str:
    return f"external {name}"


def _promised(facts: Facts, name: str) -> float | None:
    if name in facts.services:
        return facts.services[name].slo.availability
    external = facts.system.platform.externals.get(name)
    return external.availability if external else None
