"""Going back by hand: an earlier release's content as a new release, through the same gate."""

from msgspec.structs import replace

from ..errors import OnewayError, UsageError
from ..targets.base import Release, State
from .context import Context
from .history import last_committed, last_good, live
from .plan import FRESH, Action, Wish
from .running_configuration import configuration_of


def rollback_action(context: Context, service: str, to: int | None = None) -> Action:
    """The action that puts release `to` back, or the last good one, in the place of what serves or was stopped.
    OnewayError when there is none."""
    releases = context.records.releases(service)
    current = last_committed(releases)
    if current is None:
        raise OnewayError(f"{service} never served", f"`platform deploy {service}` starts it")
    goal = last_good(releases) if to is None else _numbered(releases, service, to)
    if goal is None:
        raise OnewayError(
            f"{service} has no earlier good release to go back to", f"`platform history {service}` lists what there was"
        )
    if goal.digest == current.digest and current.state is State.STOPPED:
        raise OnewayError(
            f"release {current.number}, which was stopped, is that one", f"`platform up {service}` starts it again"
        )
    if goal.digest == current.digest:
        raise OnewayError(f"release {goal.number} is what runs already, as release {current.number}")
    old = live(releases)
    draft = replace(
        goal,
        **{**FRESH, "undoes": current.number, "restores": goal.number},
        author=context.who,
        started=context.clock.now(),
        previous=current.number if old else None,
        configuration=configuration_of(context, goal.spec),
    )
    return Action(service, Wish.ROLL_BACK, draft, old, (), (f"{current.version} -> {goal.version}",))


def _numbered(releases: tuple[Release, ...], service: str, number: int) -> Release:
    found = next((each for each in releases if each.number == number), None)
    if found is None:
        known = ", ".join(str(each.number) for each in releases[:10])
        raise UsageError(f"{service} has no release {number}", f"its newest are {known}")
    if found.committed is None:
        raise OnewayError(
            f"release {number} of {service} never served: {found.reason or found.state}",
            f"`platform history {service}` shows which were live",
        )
    return found
