"""A deploy's plan and its results, as lines and as JSON."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from ...deploy import Action, Done, Plan, Refusal, Result, Wish, titled
from ...errors import OnewayError
from .progress import without_repeating

_LOG_LINES: Final = 10


def plan_lines(plan: Plan, differences: Mapping[str, Sequence[str]]) -> list[str]:
    """Each action with what it would change, then what is refused."""
    width = max((len(each.service) for each in plan.actions), default=0)
    lines: list[str] = []
    for action in plan.actions:
        lines += [announcement(action, width), *(f"  {'':{width}}  {each}" for each in differences[action.service])]
    return lines + [f"refused: {each.reason}\n  hint: {each.hint}" for each in plan.refusals]


def plan_json(plan: Plan, differences: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Version 1 of a plan."""
    actions = [
        {
            "service": each.service,
            "wish": each.wish.value,
            "version": each.draft.version,
            "from": each.old.version if each.old else None,
            "differences": differences[each.service],
            "warnings": each.warnings,
        }
        for each in plan.actions
    ]
    return {"version": 1, "actions": actions, "refusals": [each.as_json() for each in plan.refusals]}


def announcement(action: Action, width: int) -> str:
    """What is about to happen to one service, with its warnings."""
    version = action.draft.version
    before = action.old.version if action.old else "nothing"
    if action.old and action.old.version == version:
        before = titled(action.old)
    words = {
        Wish.UNCHANGED: f"{version} runs already, unchanged",
        Wish.RESTART: f"{before} is started anew: {'; '.join(action.differences)}",
        Wish.REPAIR: f"{version} is to be repaired",
        Wish.RESUME: f"{version}: carrying on where the last deploy was cut off",
        Wish.ROLL_BACK: f"{before} -> {version}, back",
        Wish.DEPLOY: f"{before} -> {version}",
    }
    warnings = "".join(f"\n  {'':{width}}  warning: {each}" for each in action.warnings)
    return f"{action.service:{width}}  {words[action.wish]}{warnings}"


def refused(refusals: Sequence[Refusal]) -> OnewayError:
    """Every refusal as one error."""
    first, *others = refusals
    message = "\nerror: ".join([f"refused: {first.reason}", *(f"{each.reason} (hint: {each.hint})" for each in others)])
    return OnewayError(message, first.hint)


def result_lines(result: Result, addresses: Sequence[str], remarks: Sequence[str], width: int) -> list[str]:
    """How one service's part ended, and what explains a failure."""
    version = result.release.version if result.release else ""
    words = {Done.LIVE: f"{version} is live", Done.UNCHANGED: f"{version} is live, unchanged"}
    checks = result.release.evidence.checks if result.release else ()
    reason = without_repeating(result.reason, checks[0] if checks else "")
    end = words.get(result.done, f"{result.done}: {reason}")
    where = f" at {', '.join(addresses)}" if addresses else ""
    return [f"{result.service:{width}}  {end}{where}", *(f"  {each}" for each in (*remarks, *_evidence(result)))]


def result_json(result: Result) -> dict[str, Any]:
    """Version 1 of a result."""
    release = result.release
    return {
        "service": result.service,
        "done": result.done.value,
        "release": release.number if release else None,
        "version": release.version if release else None,
        "reason": result.reason or None,
    }


def _evidence(result: Result) -> list[str]:
    if result.done is not Done.FAILED or result.release is None:
        return []
    evidence = result.release.evidence
    lines = [*(f"check  {each}" for each in evidence.checks), *(f"event  {each}" for each in evidence.events)]
    return [*lines, *(f"log    {each}" for each in evidence.logs[-_LOG_LINES:])]
