"""How much one replica of a deployed service carries."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from functools import partial
from typing import Final

import msgspec

from ..errors import UsageError
from ..model import Measured
from ..model.load_mix import Ingredient, mix_of
from ..probe import HttpSend, Unusable, http_sender, outgoing_of
from ..sweep.goal import Goal, declared_goal, read_goal
from ..sweep.machine import describe_machine
from ..sweep.measuring import Tell, measure
from ..sweep.narrowing import Found, Plan
from ..sweep.sender import Question, Sender, cores_of, patient, sum_used
from ..targets.base import Condition, Placement, Release, TargetError
from ..targets.replica_changes import tell_changes
from .open_environment import OpenEnvironment
from .smoke_services import deployed

STEADY: Final = 0.1
"""Rounds that lie further apart than this share are no one number, and the spread is told."""


class Against(StrEnum):
    """Which way requests take: to one replica, past what distributes them, or through the front door, as users'."""

    RELEASE = "release"
    FRONT = "front"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be measured, and until what. `most` requests a second are never exceeded."""

    service: str
    against: Against = Against.RELEASE
    seconds: float = 60.0
    until: tuple[str, ...] = ()
    most: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """A measurement that is ready to begin."""

    wanted: Wanted
    release: Release
    environment: str
    goal: Goal
    mix: tuple[Ingredient, ...]
    replicas: int
    sender: Sender

    def run(self, tell: Tell) -> Found:
        """Measure; the figures are those of one replica whichever way was taken."""
        most = float("inf") if self.wanted.most is None else self.wanted.most
        found = measure(Plan(self.wanted.seconds, self.goal, most), self.sender, tell)
        return _shared(found, self.replicas)

    def measured(self, found: Found, today: date) -> Measured | None:
        """What is worth keeping; None where something else than the service was the limit."""
        if found.per_replica is None:
            return None
        return Measured(
            service=self.release.service,
            version=self.release.version,
            environment=self.environment,
            against=self.wanted.against.value,
            measured=today.isoformat(),
            on=describe_machine() if self.sender.here else self.environment,
            goal=str(self.goal),
            per_replica=rounded(found.per_replica),
            rounds=tuple(rounded(each) for each in found.rounds),
            curve=found.curve,
        )


def rounded(rate: float) -> float:
    """A rate with the three digits that a measurement of this kind is worth."""
    return float(f"{rate:.3g}")


def is_production(opened: OpenEnvironment) -> bool:
    """Whether users may be there: the environment wants to be asked, or is a cluster."""
    return opened.system.settings.confirm or opened.system.settings.target == "kubernetes"


def prepare_trial(opened: OpenEnvironment, wanted: Wanted) -> Trial:
    """What is needed to measure the service where it runs. UsageError and TargetError say why that cannot be."""
    (chosen,) = deployed(opened, [wanted.service])
    spec, release = chosen.spec, chosen.release
    mix = mix_of(spec)
    if is_production(opened):
        _require_safe(opened, mix, wanted.service)
    goal = read_goal(wanted.until, declared_goal(spec, [each.check for each in mix]))
    ready = [each for each in opened.site.observe(Placement(release)) if each.condition is Condition.READY]
    if not ready:
        raise TargetError(f"no replica of {wanted.service} is ready", "`platform status` says why")
    way, alone = _ways(opened, release, wanted.against), wanted.against is Against.RELEASE
    questions = [question(each, way(each.check.request.endpoint), opened.reading.workspace.content) for each in mix]
    replicas = 1 if alone else len(ready)
    here = opened.system.settings.target == "local"
    used = sum_used(partial(opened.site.used, Placement(release)), replicas)
    changed = tell_changes(opened.site, Placement(release), 1 if alone else None)
    sender = Sender(questions, goal, used, cores_of(spec, replicas), here, changed)
    return Trial(wanted, release, opened.name, goal, mix, replicas, sender)


def question(each: Ingredient, way: HttpSend, read_file: Callable[[str], bytes]) -> Question:
    """The request as it will be sent. How long an answer may take is the goal's to say, not the check's. UsageError
    where it cannot be made."""
    try:
        outgoing = outgoing_of(each.check, read_file, {})
    except Unusable as error:
        raise UsageError(f"{each.check.name!r} cannot be sent: {error}", "`platform check` says where") from None
    return Question(patient(each.check), outgoing, way, each.weight)


def _ways(opened: OpenEnvironment, release: Release, against: Against) -> Callable[[str | None], HttpSend]:
    """The way to an endpoint. TargetError where what carries requests would be what is measured."""

    def way(endpoint: str | None) -> HttpSend:
        found = release.spec.endpoint(endpoint)
        if opened.system.settings.target == "kubernetes" and against is Against.FRONT:
            address = None if found is None else opened.site.addresses(release.service).get(found.name)
            if address is None:
                raise TargetError(f"{release.service} has no address of its own on {opened.name}", "is it public?")
            return http_sender(address if "://" in address else f"http://{address}")
        placement = Placement(release)
        sender = opened.site.direct(placement, endpoint) if against is Against.RELEASE else None
        sender = sender or opened.site.front(release, endpoint)
        if not isinstance(sender, HttpSend):
            raise TargetError(
                f"a replica on {opened.name} is reached through the API server alone, whose pace would be measured",
                "measure where its users enter, with --against front, or on this machine, in another environment",
            )
        return sender

    return way


def _require_safe(opened: OpenEnvironment, mix: Sequence[Ingredient], service: str) -> None:
    unsafe = [each.check for each in mix if not each.safe and not each.meant]
    if unsafe:
        method = unsafe[0].request.method
        raise UsageError(
            f"{unsafe[0].name!r} is a {method}, which may change something each of thousands of times in {opened.name}",
            f"name it under `load.requests` of {service}'s manifest if that does no harm, or give it weight 0 there",
        )


def _shared(found: Found, replicas: int) -> Found:
    """The figures of one of so many replicas."""
    if replicas == 1:
        return found
    curve = tuple(
        msgspec.structs.replace(
            each,
            offered=each.offered / replicas,
            answered=each.answered / replicas,
            concurrency=each.concurrency / replicas,
            processor=None if each.processor is None else each.processor / replicas,
            memory=None if each.memory is None else each.memory // replicas,
        )
        for each in found.curve
    )
    return replace(found, rounds=tuple(each / replicas for each in found.rounds), curve=curve)
