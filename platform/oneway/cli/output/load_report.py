"""What a measurement found, as lines for people and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from ...application.measure_load import STEADY, Trial, rounded
from ...model import Point
from ...sweep.limits import Limit
from ...sweep.narrowing import Found
from .lines import table

_HEAD: Final = ("offered/s", "answered/s", "p50", "p99", "errors", "cores", "memory", "under way", "")
_NO_NUMBER: Final = {
    Limit.GENERATOR: "no number: what sends was the limit, and not the service",
    Limit.MACHINE: "no number: this machine was the limit, for others use its processors, and not the service",
    Limit.CAP: "no number: it carries all that may be sent",
    Limit.TIME: "no number: the time was too short",
    Limit.SERVICE: "no number: the service does not hold the goal",
}
_WAY_OUT: Final = {
    Limit.GENERATOR: "measure from another machine, with --against front; nothing sends faster from here",
    Limit.MACHINE: "measure again when this machine has nothing else to do, or against an environment elsewhere",
    Limit.CAP: "raise --at-most to find more",
    Limit.TIME: "give more, as in --seconds {seconds:.0f}",
    Limit.SERVICE: "a goal that it can hold is given as in --until p99=2s",
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
        yield f"  hint: {_WAY_OUT[found.limit].format(seconds=3 * trial.wanted.seconds)}"
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
