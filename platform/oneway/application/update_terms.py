"""What traffic says of the terms of calls: how many for one request, how long, and how much load enters."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ..evidence import Observed
from ..evidence.mentions import Traffic
from ..model import Call, Service, System

LEAST_REQUESTS: Final = 50
LEAST_SECONDS: Final = 60.0
_ALIKE: Final = 0.1
# A timeout is proposed at twice what all but one of a hundred calls took, rounded up to the next of these.
_STEPS: Final = (1, 1.5, 2, 3, 5, 7.5, 10)


@dataclass(frozen=True, slots=True)
class Term:
    """One value to write: for the call to `callee`, or for the service itself where that is empty."""

    service: str
    callee: str
    key: str
    value: str
    why: str

    def __str__(self) -> str:
        whose = f"{self.service} calls {self.callee}" if self.callee else self.service
        return f"{whose}: {self.key}: {self.value} ({self.why})"


def propose(system: System, observed: Observed) -> list[Term]:
    """What traffic shows otherwise than the manifests say. Few requests, or a short time, show nothing."""
    traffic = _by_pair(observed)
    found: list[Term] = []
    for name, service in sorted(system.services.items()):
        entered = observed.entered.get(name, ())
        handled = sum(each.count for each in entered)
        handled += sum(each.count for (_, callee), seen in traffic.items() if callee == name for each in seen)
        for call in service.calls:
            found += _of_call(service, call, traffic.get((name, call.to), ()), handled)
        found += _of_load(service, entered)
    return found


def _by_pair(observed: Observed) -> dict[tuple[str, str], tuple[Traffic, ...]]:
    pairs = {pair: tuple(call.traffic for call in calls if call.traffic) for pair, calls in observed.pairs().items()}
    return {pair: traffic for pair, traffic in pairs.items() if traffic}


def _of_call(service: Service, call: Call, seen: Sequence[Traffic], handled: int) -> Iterator[Term]:
    count = sum(each.count for each in seen)
    if count < LEAST_REQUESTS:
        return
    if handled >= LEAST_REQUESTS:
        share = float(f"{count / handled:.2g}")
        if abs(share - call.per_request) > _ALIKE * call.per_request:
            yield Term(service.name, call.to, "per_request", f"{share:g}", f"{count} calls for {handled} requests")
    slowest = max((each.p99 for each in seen if each.p99), default=0.0)
    if slowest and slowest > call.timeout / 2:
        why = f"99 of 100 took up to {slowest:g} s, and the declared timeout is {call.timeout:g} s"
        yield Term(service.name, call.to, "timeout", _time(2 * slowest), why)


def _of_load(service: Service, entered: Sequence[Traffic]) -> Iterator[Term]:
    count, seconds = sum(each.count for each in entered), sum(_lasted(each) for each in entered)
    if count < LEAST_REQUESTS or seconds < LEAST_SECONDS:
        return
    rate = float(f"{count / seconds:.2g}")
    declared = service.load.requests_per_second
    if abs(rate - declared) > _ALIKE * declared:
        yield Term(service.name, "", "requests_per_second", f"{rate:g}", f"{count} requests in {seconds:.0f} s")


def _lasted(traffic: Traffic) -> float:
    if not traffic.first or not traffic.last:
        return 0.0
    return (datetime.fromisoformat(traffic.last) - datetime.fromisoformat(traffic.first)).total_seconds()


def _time(seconds: float) -> str:
    size = 10 ** math.floor(math.log10(seconds * 1000))
    milliseconds = next(step * size for step in _STEPS if step * size >= seconds * 1000 - 1e-9)
    return f"{max(1, round(milliseconds))}ms"
