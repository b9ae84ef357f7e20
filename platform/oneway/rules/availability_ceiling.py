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
from typing import Final

from ..errors import Finding, Related, Severity
from ..graph import Reach, reach
from ..model import Service
from .chain import percent
from .facts import Facts

ID: Final = "availability-ceiling"
SEVERITY: Final = Severity.ERROR

_SHOWN: Final = 3


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each service whose objective no callees of this kind allow."""
    wanting = {name: each.slo.availability for name, each in facts.services.items() if each.slo.availability}
    if not wanting:
        return
    closed = _Closed(facts)
    for name, objective in wanting.items():
        exact = closed.ceiling(name)
        ceiling = exact if exact is not None else _direct(facts, facts.services[name])
        if objective <= 100 * ceiling + 1e-9:
            continue
        how = "everything it requires, itself included," if exact is not None else "its direct required callees"
        yield Finding(
            ID,
            SEVERITY,
            f"{name} promises {percent(objective)}, and the product over {how} allows {percent(100 * ceiling)}",
            facts.place(name, "slo", "availability"),
            f"promise at most {percent(100 * ceiling)}, raise what it depends on, or answer without one of its callees",
            tuple(_worst(facts, closed, facts.services[name])),
            service=name,
            subject=name,
        )


class _Closed:
    """Exact products over closures. Services with equal availability are counted as one power of it."""

    def __init__(self, facts: Facts) -> None:
        externals = facts.system.platform.externals
        successors: dict[str, list[str]] = {_external(name): [] for name in externals}
        groups: dict[float, list[str]] = {}
        undeclared: list[str] = []
        for name, service in facts.services.items():
            required = [call.to for call in facts.kept(name) if call.required]
            successors[name] = [each if each in facts.services else _external(each) for each in required]
            known = all(each in successors or each in facts.services for each in successors[name])
            successors[name] = [each for each in successors[name] if each in successors or each in facts.services]
            if service.slo.intrinsic is None or not known:
                undeclared.append(name)
            else:
                groups.setdefault(service.slo.intrinsic, []).append(name)
        for name, each in externals.items():
            if each.availability is not None:
                groups.setdefault(each.availability, []).append(_external(name))
        self._reach: Reach = reach(successors, [*map(_external, externals), *facts.graph.order])
        self._undeclared = self._reach.mask(undeclared)
        self._masks = [(value / 100, self._reach.mask(names)) for value, names in sorted(groups.items())]

    def ceiling(self, name: str) -> float | None:
        """The exact ceiling between 0 and 1; None when something in the closure declares no intrinsic availability."""
        members = self._reach.sets[name]
        if members & self._undeclared:
            return None
        product = 1.0
        for value, mask in self._masks:
            product *= value ** (members & mask).bit_count()
        return product


def _external(name: str) -> str:
    return f"external {name}"


def _direct(facts: Facts, service: Service) -> float:
    product = 1.0
    for name in {call.to for call in facts.kept(service.name) if call.required and call.to != service.name}:
        product *= (_promised(facts, name) or 100.0) / 100
    return product


def _promised(facts: Facts, name: str) -> float | None:
    if name in facts.services:
        return facts.services[name].slo.availability
    external = facts.system.platform.externals.get(name)
    return external.availability if external else None


def _worst(facts: Facts, closed: _Closed, service: Service) -> Iterator[Related]:
    """The required calls that cost most."""
    costs = []
    for index, call in enumerate(service.calls):
        if call.required and call.to != service.name and (service.name, call.to) not in facts.graph.cut:
            exact = closed.ceiling(call.to) if call.to in facts.services else None
            allowed = 100 * exact if exact is not None else _promised(facts, call.to)
            if allowed is not None:
                costs.append((allowed, index, call.to))
    for allowed, index, name in sorted(costs)[:_SHOWN]:
        yield Related(f"requires {name}: {percent(allowed)}", facts.place(service.name, "calls", index))
