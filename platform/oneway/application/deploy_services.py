"""What a deploy would do, and what it would change."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from pathlib import Path

from ..deploy import Action, Origin, Plan, Refusal, Result, Wish, find_unmet, make_plan
from ..model.fitness import misfits
from ..workspace.git import standing
from .open_environment import OpenEnvironment


def plan_deploy(opened: OpenEnvironment, names: Iterable[str], with_calls: bool = False, again: bool = False) -> Plan:
    """The plan for these services; nothing is touched. OnewayError where files are missing or calls form a ring."""
    context = replace(opened.rollout_context(), origin=_origin(opened.reading.workspace.root))
    plan = make_plan(context, opened.system, names, opened.digest, with_calls, again)
    working = [each for each in plan.actions if each.wish in (Wish.DEPLOY, Wish.RESUME)]
    unfit = [
        Refusal(each.service, f"{each.service} {misfit.message}", misfit.hint)
        for each in working
        for misfit in misfits(opened.system, each.draft.spec)
    ]
    shared = [each for each in opened.reading.audit(date.today()) if each.rule == "port-shared"]
    actions = [
        replace(each, warnings=(*each.warnings, *(one.message for one in shared if one.service == each.service)))
        for each in plan.actions
    ]
    return replace(plan, actions=tuple(actions), refusals=(*plan.refusals, *unfit))


def with_unmet(opened: OpenEnvironment, plan: Plan) -> Plan:
    """The plan with what each release needs before it is worth a record: a deploy refuses that service alone for it."""
    context = opened.rollout_context()
    working = [each for each in plan.actions if each.wish in (Wish.DEPLOY, Wish.RESUME, Wish.RESTART)]
    unmet = [refusal for each in working for refusal in find_unmet(context, each.draft)]
    return replace(plan, refusals=(*plan.refusals, *(each for each in unmet if each not in plan.refusals)))


def differences(opened: OpenEnvironment, action: Action) -> tuple[str, ...]:
    """What the action would change against what runs, one line each: in the manifest, the code and the target."""
    if action.wish in (Wish.UNCHANGED, Wish.REPAIR):
        return ()
    return (*action.differences, *opened.site.differences(action.draft, action.old))


def moved_ports(opened: OpenEnvironment, result: Result) -> list[str]:
    """Why an endpoint of this machine does not answer at the port that it declares."""
    if not result.good or result.release is None or opened.system.settings.target != "local":
        return []
    declared = {each.name: each.port for each in result.release.spec.endpoints}
    return [
        f"{name} declares port {declared[name]}, which another program or service had; "
        "its next deploy takes it back if it is free by then"
        for name, address in opened.site.addresses(result.service).items()
        if name in declared and not address.endswith(f":{declared[name]}")
    ]


def _origin(root: Path) -> Origin:
    """What git says of the files that are deployed."""
    found = standing(root)
    return Origin() if found is None else Origin(found.commit, found.dirty, found.author)
