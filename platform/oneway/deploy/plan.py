"""What a deploy would do, found out before anything is touched."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from msgspec.structs import replace as replace_release

from ..graph import build
from ..model import Service, System
from ..targets.base import Condition, Evidence, Placement, Release, State
from .broken_callers import broken_callers, descriptions_of
from .context import Context
from .history import live, unfinished_release
from .identity import changes, digest_of
from .refusals import Refusal, frozen, left_out, missing_callees, same_version, taken_back, unwanted_by_callers
from .running_configuration import changed_secrets, configuration_of


class Wish(StrEnum):
    """What happens to one service."""

    DEPLOY = "deploy"
    RESUME = "carry on"
    REPAIR = "repair"
    UNCHANGED = "unchanged"
    RESTART = "restart"
    ROLL_BACK = "roll back"


@dataclass(frozen=True, slots=True)
class Action:
    """One service's part of a plan. `draft` is the release to be, without a number yet."""

    service: str
    wish: Wish
    draft: Release
    old: Release | None
    calls: tuple[str, ...] = ()
    differences: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    again: bool = False


FRESH: Final[Mapping[str, Any]] = {
    "number": 0,
    "state": State.UNDER_WAY,
    "ends_as": None,
    "ended": None,
    "committed": None,
    "since": None,
    "undoes": None,
    "restores": None,
    "repeats": None,
    "reason": "",
    "steps": (),
    "evidence": Evidence(),
}
"""What a release that stands on an earlier one does not take over from it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Actions in call order: what an action calls comes before it. With refusals, nothing is done."""

    actions: tuple[Action, ...]
    refusals: tuple[Refusal, ...] = field(default=())


def make_plan(
    context: Context,
    system: System,
    names: Iterable[str],
    content_of: Callable[[Service], str],
    with_calls: bool = False,
    again: bool = False,
) -> Plan:
    """The plan for these services. Raises OnewayError where files are missing, or calls go in a ring."""
    order = [name for wave in build(system).waves() for name in wave if system.services[name].deploy]
    asked = set(names)
    chosen = _with_callees(system, asked) if with_calls else asked
    records = {name: context.records.releases(name) for name in {*context.records.services(), *chosen}}
    actions = [
        replace(_action(context, system, system.services[name], records.get(name, ()), content_of), again=again)
        for name in order
        if name in chosen
    ]
    plan = _judged(system, actions, records, date.fromtimestamp(context.clock.now()))
    return replace(plan, refusals=(*left_out(system, asked), *plan.refusals))


def _with_callees(system: System, names: Iterable[str]) -> set[str]:
    chosen: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in chosen and name in system.services:
            chosen.add(name)
            waiting += [call.to for call in system.services[name].calls]
    return chosen


def _action(
    context: Context, system: System, spec: Service, releases: Sequence[Release], content_of: Callable[[Service], str]
) -> Action:
    environment = system.environment or "local"
    content = content_of(spec)
    digest = digest_of(spec, content, environment)
    old = live(releases)
    cut = unfinished_release(releases)
    draft = Release(
        service=spec.name,
        number=0,
        version=spec.version,
        content=content,
        digest=digest,
        spec=spec,
        environment=environment,
        author=context.who,
        started=context.clock.now(),
        previous=old.number if old else None,
        commit=context.origin.commit,
        dirty=context.origin.dirty,
        commit_author=context.origin.author,
        configuration=configuration_of(context, spec),
        descriptions=descriptions_of(context, spec),
    )
    calls = tuple(sorted({call.to for call in spec.calls}))
    if cut is not None and cut.state is State.UNDER_WAY and cut.digest == digest:
        return Action(spec.name, Wish.RESUME, draft, old, calls)
    if old is not None and old.digest == digest and (changed := changed_secrets(draft.configuration, old)):
        return Action(spec.name, Wish.RESTART, replace_release(draft, repeats=old.number), old, calls, changed)
    if old is not None and old.digest == digest:
        whole = cut is None and _whole(context, old)
        return Action(spec.name, Wish.UNCHANGED if whole else Wish.REPAIR, draft, old, calls)
    return Action(spec.name, Wish.DEPLOY, draft, old, calls, _differences(draft, old))


def _whole(context: Context, release: Release) -> bool:
    found = context.target.observe(Placement(release))
    ready = [each for each in found if each.condition is Condition.READY]
    return len(ready) == len(found) >= context.target.wanted(release)


def _differences(draft: Release, old: Release | None) -> tuple[str, ...]:
    if old is None:
        return ("nothing of it runs yet",)
    lines = changes(draft.spec, old.spec)
    return lines if draft.content == old.content else (*lines, f"content: {old.content[:12]} -> {draft.content[:12]}")


def _judged(system: System, actions: Sequence[Action], records: Mapping[str, Sequence[Release]], today: date) -> Plan:
    """The actions with what there is to warn of, and what stands against them."""
    coming = {each.service: each.draft.version for each in actions}
    alive = [release for releases in records.values() if (release := live(releases)) is not None]
    running = {each.service: each.version for each in alive}
    working = [each for each in actions if each.wish in (Wish.DEPLOY, Wish.RESUME, Wish.RESTART)]
    refusals = frozen([each.service for each in working], system.environment or "local", system.settings)
    replaced = {each.service for each in working if each.wish is not Wish.RESTART}
    warnings: dict[str, list[str]] = {}
    for each in working:
        if each.wish is Wish.RESTART:
            continue
        releases = records.get(each.service, ())
        refusals += same_version(each.draft.spec, each.draft.content, releases)
        refusals += taken_back(each.draft.spec, each.draft.digest, releases, each.again)
        missing, warnings[each.service] = missing_callees(
            each.draft.spec, running, coming, system.platform.externals, system.services.keys() - system.deployed.keys()
        )
        refusals += missing
        refusals += unwanted_by_callers(each.draft.spec, alive, coming)
        broken, breaking = broken_callers(each.draft, alive, records, replaced, today)
        refusals += broken
        warnings[each.service] += breaking
    warned = (replace(each, warnings=tuple(warnings.get(each.service, ()))) for each in actions)
    return Plan(tuple(warned), tuple(refusals))
