"""What a measurement found, as lines for people and as JSON."""

from collections.abc import Iterator, Sequence
from math import inf
from typing import Any, Final

import msgspec

from ...application.find_headroom import first_full, source_of
from ...application.measure_load import STEADY, Trial, rounded
from ...graph import Headroom
from ...model import Point, System
from ...sweep.limits import Limit
from ...sweep.narrowing import Found
from ...targets.base import Release
from .lines import table

_HEAD: Final = ("offered/s", "answered/s", "p50", "p99", "errors", "cores", "memory", "under way", "")
_NO_NUMBER: Final = {
    Limit.GENERATOR: "no number: what sends was the limit, and not the service",
    Limit.MACHINE: "no number: this machine was the limit, for others use its processors, and not the service",
    Limit.CAP: "no number: it carries all that may be sent",
    Limit.TIME: "no number: the time was too short",
    Limit.SERVICE: "no number: the service does not hold the goal",
    Limit.UNSTEADY: "no number: what it carries changed meanwhile",
    Limit.RESTARTED: "no number: a replica did not stay the same meanwhile",
}
_WAY_OUT: Final = {
    Limit.GENERATOR: "measure from another machine, with --against front; nothing sends faster from here",
    Limit.MACHINE: "measure again when this machine has nothing else to do, or against an environment elsewhere",
    Limit.CAP: "raise --at-most to find more",
    Limit.TIME: "give more, as in --seconds {seconds:.0f}",
    Limit.SERVICE: "a goal that it can hold is given as in --until p99=2s",
    Limit.UNSTEADY: "measure for longer, as in --seconds {seconds:.0f}, while nobody else asks it or what it calls",
    Limit.RESTARTED: "`platform logs {service}` and `platform status` say more; measure again when it stays up",
}


def report_lines(trial: Trial, found: Found) -> Iterator[str]:
    """The curve, then the number or why there is none."""
    sent = ", ".join(f"{each.check.request.method} {each.check.request.path} ×{each.weight:g}" for each in trial.mix)
    yield f"{trial.release.service} {trial.release.version} in {trial.environment}, until {trial.goal}: {sent}"
    if found.curve:
        yield from (f"  {line}".rstrip() for line in table(_HEAD, map(_row, found.curve)))
    yield from _number_lines(trial, found)


def report_json(trial: Trial, found: Found) -> dict[str, Any]:
    """The same for programs."""
    return {
        "version": 1,
        "service": trial.release.service,
        "service_version": trial.release.version,
        "environment": trial.environment,
        "against": trial.wanted.against.value,
        "replicas": trial.replicas,
        "goal": str(trial.goal),
        "per_replica": None if found.per_replica is None else rounded(found.per_replica),
        "rounds": [rounded(each) for each in found.rounds],
        "spread": round(found.spread, 4),
        "limit": found.limit.value,
        "reason": found.reason,
        "alone_seconds": round(found.alone, 6),
        "requests": [
            {"name": each.check.name, "method": each.check.request.method, "weight": each.weight} for each in trial.mix
        ],
        "curve": [msgspec.to_builtins(each) for each in found.curve],
    }


def carried(release: Release) -> str:
    """What a replica of the release was found to carry; of which version, where that was an earlier one."""
    found = release.measured
    if found is None:
        return "-"
    return f"{rounded(found.per_replica):g}/s{'' if found.version == release.version else f' ({found.version})'}"


def curve_words(trial: Trial, found: Found) -> tuple[str, str]:
    """The title of the picture, and the line below it."""
    service = f"{trial.release.service} {trial.release.version}"
    rate = None if found.per_replica is None else rounded(found.per_replica)
    title = f"{service}: {_NO_NUMBER[found.limit]}" if rate is None else f"{service}: a replica carries {rate:g}/s"
    rounds = f"; {len(found.rounds)} rounds within {found.spread:.0%}" if len(found.rounds) > 1 else ""
    return title, f"in {trial.environment}, until {trial.goal}{rounds}; hollow: the goal broke"


def headroom_lines(system: System, found: Sequence[Headroom]) -> Iterator[str]:
    """What is full first and what to do, then every service."""
    first = first_full(found)
    if first is None or first.factor is None:
        return
    if first.factor >= 1:
        yield f"{first.service} is full first: at {first.factor:.3g} times this load"
    else:
        yield f"{first.service} is full already: it carries {first.factor:.3g} of this load"
    wanted = max(2.0, 2 * first.factor)
    needed, key = first.replicas_for(wanted), "scale.max" if system.services[first.service].scale else "replicas"
    yield f"  for {wanted:.3g} times it takes {needed} replicas: raise `{key}` of {first.service} from {first.replicas}"
    head = ("service", "asked/s", "carries/s", "replicas", "full at", "the number is")
    yield from (f"  {line}" for line in table(head, (_room(system, each) for each in found)))


def headroom_json(system: System, found: Sequence[Headroom]) -> dict[str, Any]:
    """The same for programs."""
    first = first_full(found)
    return {
        "version": 1,
        "first": None if first is None else first.service,
        "factor": None if first is None else _factor(first),
        "services": [
            {
                "service": each.service,
                "requests_per_second": round(each.demand, 6),
                "per_replica": each.per_replica,
                "replicas": each.replicas,
                "factor": _factor(each),
                "source": None if each.per_replica is None else source_of(system, each.service),
            }
            for each in found
        ],
    }


def _factor(each: Headroom) -> float | None:
    return None if each.factor is None or each.factor == inf else round(each.factor, 4)


def _room(system: System, each: Headroom) -> tuple[str, ...]:
    factor = "nobody knows" if each.factor is None else "never" if each.factor == inf else f"×{each.factor:.3g}"
    carries = "?" if each.per_replica is None else f"{each.per_replica * each.replicas:.4g}"
    source = "missing" if each.per_replica is None else source_of(system, each.service)
    return each.service, f"{each.demand:.4g}", carries, str(each.replicas), factor, source


def _row(point: Point) -> tuple[str, ...]:
    return (
        f"{point.offered:.4g}",
        f"{point.answered:.4g}",
        milliseconds(point.p50),
        milliseconds(point.p99),
        f"{100 * point.errors:.3g}%",
        "?" if point.processor is None else f"{point.processor:.2f}",
        "?" if point.memory is None else f"{point.memory / (1 << 20):.0f} MB",
        f"{point.concurrency:.3g}",
        "" if point.held else "broke",
    )


def milliseconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{1000 * seconds:.4g} ms"


def _number_lines(trial: Trial, found: Found) -> Iterator[str]:
    if found.per_replica is None:
        yield f"{_NO_NUMBER[found.limit]} ({found.reason})"
        yield f"  hint: {_WAY_OUT[found.limit].format(seconds=3 * trial.wanted.seconds, service=trial.release.service)}"
        return
    rounds = ", ".join(f"{rounded(each):g}" for each in found.rounds)
    yield f"one replica carries {rounded(found.per_replica):g} requests/s; beyond that {found.reason}"
    if len(found.rounds) < 2:
        yield "  found once: with more --seconds it is found again, and the spread is known"
    elif found.spread > STEADY:
        yield f"  the rounds lie {found.spread:.0%} apart ({rounds}): take it for a rough number"
    else:
        yield f"  found {len(found.rounds)} times, within {found.spread:.0%} ({rounds})"
    if (share := _unused(trial, found)) is not None:
        yield f"  it used {share:.0%} of its processors then: it waits for something else, such as what it calls"


def _unused(trial: Trial, found: Found) -> float | None:
    """The share of its processors that the replica used at the goal, where that is little and it calls others."""
    held = [each for each in found.curve if each.held and each.processor is not None]
    most = min(trial.sender.wanted / trial.replicas, 1.0)
    share = max((each.processor or 0.0 for each in held), default=most) / most
    return share if share < 0.5 and trial.release.spec.calls else None
