"""Many services at once: in call order, independent ones side by side."""

from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from msgspec.structs import replace

from ..errors import OnewayError
from ..targets.base import Holder, Locked, Outcome, Release, State
from .context import Context, Interrupted
from .events import Event, EventKind
from .history import UNFINISHED, last_committed, live
from .plan import Action, Wish
from .preconditions import require_met
from .recovery import recover, unfinished
from .refusals import same_version, taken_back
from .story import roll_out


class Done(StrEnum):
    """How one service's part of a plan ended."""

    LIVE = "live"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Result:
    """The end of one action, with the reason where it is not good."""

    service: str
    done: Done
    release: Release | None = None
    reason: str = ""

    @property
    def good(self) -> bool:
        return self.done in (Done.LIVE, Done.UNCHANGED)


def run(context: Context, actions: Sequence[Action], side_by_side: int) -> list[Result]:
    """Do all actions, each after those that it calls; a failure stops those that depend on it and nothing else."""
    if any(each.wish is not Wish.UNCHANGED for each in actions):
        _recover_others(context, {each.service for each in actions})
    results: dict[str, Result] = {}
    waiting = {each.service: each for each in actions}
    with ThreadPoolExecutor(max_workers=side_by_side, thread_name_prefix="deploy") as pool:
        working: dict[Future[Result], str] = {}
        while waiting or working:
            for action in _startable(waiting, set(working.values())):
                del waiting[action.service]
                broken = [name for name in action.calls if name in results and not results[name].good]
                if broken:
                    results[action.service] = _skip(context, action, broken)
                else:
                    working[pool.submit(perform, context, action)] = action.service
            if working:
                for ended in wait(working, return_when=FIRST_COMPLETED).done:
                    results[working.pop(ended)] = ended.result()
    return [results[each.service] for each in actions]


def _recover_others(context: Context, services: set[str]) -> None:
    """Finish what killed deploys left of services that are not meant: what they left would be judged with these."""
    for name in context.records.services():
        if name in services or unfinished(context, name) is None:
            continue
        try:
            with context.records.lock(name, Holder(context.who, context.clock.now())):
                recover(context, name)
        except Locked:
            continue
        except OnewayError as error:
            context.warn(name, "recover", f"what a killed deploy left is not cleared away: {error.message}")


def perform(context: Context, action: Action) -> Result:
    """Do one action under the service's lock."""
    try:
        context.check_stop()
        if action.wish is Wish.UNCHANGED:
            return Result(action.service, Done.UNCHANGED, action.old)
        with context.records.lock(action.service, Holder(context.who, context.clock.now())):
            return _locked(context, action)
    except Interrupted:
        return Result(action.service, Done.INTERRUPTED, reason="interrupted")
    except OnewayError as error:
        context.report(Event(action.service, EventKind.RESULT, "refused", error.message, Outcome.FAIL))
        return Result(action.service, Done.REFUSED, reason=f"{error.message}; {error.hint}".rstrip("; "))


def _locked(context: Context, action: Action) -> Result:
    """What was planned, on what the records say now that nobody else can change them."""
    cut = recover(context, action.service, resume=action.draft.digest)
    records = context.records.releases(action.service)
    if cut is None and records and records[0].state in UNFINISHED:
        raise OnewayError(f"release {records[0].number} of {action.service} could not be put back", "see `platform up`")
    old = live([each for each in records if cut is None or each.number != cut.number])
    again = action.wish is Wish.RESTART
    if cut is None and old is not None and old.digest == action.draft.digest and not again:
        context.target.prepare(old, partial(context.tell, action.service, "repair"))
        context.target.settle(action.service, old)
        return Result(action.service, Done.LIVE, old, "repaired")
    release = cut or context.records.create(_draft(context, action, old, records))
    ended = roll_out(context, release, old)
    done = Done.LIVE if ended.state is State.LIVE else Done.FAILED
    return Result(action.service, done, ended, ended.reason)


def _draft(context: Context, action: Action, old: Release | None, records: Sequence[Release]) -> Release:
    """The release to be; OnewayError where another deploy has changed what the plan stood on."""
    draft = action.draft
    require_met(context, draft)
    if action.wish is Wish.RESTART:
        if old is None or old.number != draft.repeats:
            raise OnewayError(f"{action.service} was deployed by somebody else meanwhile", "see `platform status`")
        return draft
    if action.wish is Wish.ROLL_BACK:
        current = last_committed(records)
        if current is None or current.number != draft.undoes:
            raise OnewayError(f"{action.service} was deployed by somebody else meanwhile", "see `platform status`")
        if old is None and action.old is not None:
            raise OnewayError(f"{action.service} was stopped by somebody else meanwhile", "see `platform status`")
        return replace(draft, previous=old.number if old else None)
    against = same_version(draft.spec, draft.content, records)
    against += taken_back(draft.spec, draft.digest, records, action.again)
    if against:
        raise OnewayError(against[0].reason, against[0].hint)
    return replace(draft, previous=old.number if old else None)


def _startable(waiting: dict[str, Action], working: set[str]) -> list[Action]:
    """Those whose callees have all ended, or are no part of this."""
    return [each for each in waiting.values() if not any(name in waiting or name in working for name in each.calls)]


def _skip(context: Context, action: Action, broken: Sequence[str]) -> Result:
    reason = f"it calls {', '.join(broken)}, which did not get through"
    context.report(Event(action.service, EventKind.RESULT, "skipped", reason, Outcome.FAIL))
    return Result(action.service, Done.SKIPPED, reason=reason)
