"""The gate before any traffic: the new replica alone must start, be ready, pass its own checks and its callers'."""

from collections.abc import Callable, Sequence
from functools import partial

from ..errors import OnewayError
from ..model import Check
from ..probe import (
    CheckResult,
    NoAnswer,
    Outgoing,
    Send,
    SuiteResult,
    Verdict,
    as_readiness,
    attended,
    metric_value,
    run_suite,
)
from ..targets.base import Condition, Instance, Outcome, Placement, Release, TargetError, wait_while
from .context import Context, checks_of, describe_failures
from .events import Event, EventKind
from .history import live
from .judge import slower
from .rollout import NotPassed, Rollout, Skipped

_ROUNDS = 3
_LISTEN_SECONDS = 0.25
_METRIC_SECONDS = 2.0


def build(rollout: Rollout) -> str:
    """What the release runs from is made, or was made before."""
    release = rollout.release
    say = partial(rollout.context.tell, release.service, "build")
    material = rollout.context.target.prepare(release, say)
    if material != release.material:
        rollout.journal.become(material=material)
        for note in material.get("notes", "").splitlines():
            rollout.context.warn(release.service, "build", note)
    return release.content[:12]


def start(rollout: Rollout) -> str:
    """Start one new replica beside what serves, and rehearsals of its live callers, for they need time to start too."""
    rollout.context.target.ensure(Placement(rollout.release), 1)
    for each in _rehearsals(rollout):
        rollout.context.target.ensure(each, 1)
    return "one replica, without traffic"


def ready(rollout: Rollout) -> str:
    """It answers its readiness within its startup budget, and does not die meanwhile."""
    said = await_ready(rollout, Placement(rollout.release))
    return f"{said}, {_await_metric(rollout)}" if rollout.release.spec.health.metric is not None else said


def smoke(rollout: Rollout) -> str:
    """Its own checks pass on it alone, about as fast as on the old one."""
    context, release = rollout.context, rollout.release
    checks = checks_of(release.spec)
    if not checks and (not release.spec.endpoints or release.spec.kind == "backing"):
        return Skipped("no endpoint to ask: its readiness, and time without a restart, tell")
    if not checks:
        told = "nothing to ask it: it declares no check and no ready path"
        context.warn(release.service, "smoke", f"{told}, so that nobody knows whether it works")
        return Skipped(told)
    direct = partial(context.target.direct, Placement(release))
    result = suite(context, release, direct, checks, _tell(rollout, "smoke"), attend=rollout.attend)
    require_pass(result, release.service)
    rollout.traffic.alone = max(each.seconds for each in result.results)
    require_alive(rollout)
    _require_speed(rollout, direct, checks)
    return f"{len(checks)} check{'s' * (len(checks) > 1)} passed"


def callers(rollout: Rollout) -> str:
    """Those that call this service work with the new release: each in a rehearsal of its own, with its own checks."""
    context = rollout.context
    rehearsals = _rehearsals(rollout)
    if not rehearsals:
        return "nobody that runs calls it"
    try:
        for each in rehearsals:
            context.target.ensure(each, 1)
        for each in rehearsals:
            _rehearse(rollout, each)
    finally:
        for each in rehearsals:
            context.target.remove(each)
    return f"the checks of {', '.join(each.release.service for each in rehearsals)} passed"


def replicas(rollout: Rollout) -> str:
    """All replicas that it declares are ready."""
    wanted = rollout.context.target.wanted(rollout.release)
    if wanted > 1:
        rollout.context.target.ensure(Placement(rollout.release), wanted)
        await_ready(rollout, Placement(rollout.release), wanted)
    return f"{wanted}"


def live_callers(context: Context, service: str) -> list[Release]:
    """The live releases that declare a call to the service and have checks of their own, by name."""
    found = [live(context.records.releases(name)) for name in context.records.services() if name != service]
    return [
        each for each in found if each and each.spec.own_checks and any(call.to == service for call in each.spec.calls)
    ]


def suite(
    context: Context,
    release: Release,
    sender: Callable[[str | None], Send],
    checks: Sequence[Check],
    tell: Callable[[CheckResult], None] = lambda _: None,
    pause: Callable[[float], None] | None = None,
    attend: Callable[[], None] | None = None,
) -> SuiteResult:
    """One run of the checks, each judged as the release's rollout says; where it declares none, what is asked in their
    place is judged by the rule of readiness. `attend` is called again and again while an answer, or the next try, is
    waited for; what it raises ends the run. What came is told and kept without secrets."""
    listen = attend or context.check_stop

    def wait(seconds: float) -> None:
        until = context.clock.monotonic() + seconds
        while (left := until - context.clock.monotonic()) > 0:
            listen()
            context.pause(min(left, _LISTEN_SECONDS))

    def send(endpoint: str | None) -> Send:
        way = sender(endpoint)
        return attended(way if release.spec.own_checks else as_readiness(way), listen)

    redact, judge = partial(context.target.redact, release), release.spec.rollout.judge

    def say(result: CheckResult) -> None:
        tell(result.told_through(redact))

    return run_suite(checks, send, context.read_file, judge, pause or wait, say).told_through(redact)


def require_pass(result: SuiteResult, whose: str) -> None:
    """Raises NotPassed with expected and actual unless every check passed."""
    if result.verdict is Verdict.PASS:
        return
    lines = tuple(line for failed in result.failed for line in describe_failures(failed))
    outcome = Outcome.FAIL if result.verdict is Verdict.FAIL else Outcome.INCONCLUSIVE
    raise NotPassed(f"{whose}'s check failed: {lines[0]}", outcome, lines)


def require_alive(rollout: Rollout, patience: float | None = None) -> tuple[Instance, ...]:
    """The new replicas, asked with so much patience; NotPassed when one has died or was started again."""
    found = rollout.context.target.observe(Placement(rollout.release), patience)
    for each in found:
        _require_unfailed(each, "died")
    return found


def await_ready(rollout: Rollout, placement: Placement, wanted: int = 1) -> str:
    """Wait until so many replicas are ready, within the startup budget. NotPassed when one dies, or at the end."""
    context, spec = rollout.context, placement.release.spec
    started = context.clock.monotonic()

    def missing() -> str:
        found = context.target.observe(placement)
        for each in found:
            _require_unfailed(each, "does not start")
        waiting = [each for each in found if each.condition is not Condition.READY]
        if len(found) - len(waiting) >= wanted:
            return ""
        return waiting[0].reason or waiting[0].condition if waiting else "no replica was seen"

    most = min(spec.health.startup.within, rollout.left())
    if reason := wait_while(missing, most, context.target.poll, context.clock, context.pause):
        rollout.attend()
        raise NotPassed(f"{placement.release.service} is not ready within {spec.health.startup.within}: {reason}")
    return f"after {context.clock.monotonic() - started:.1f} s"


def _await_metric(rollout: Rollout) -> str:
    """Wait until the metric shows that it works, within the startup budget. NotPassed at the end of it."""
    context, release, spec = rollout.context, rollout.release, rollout.release.spec
    metric = spec.health.metric
    if metric is None:
        return ""
    seen: list[float | None] = [None]

    def missing() -> str:
        require_alive(rollout)
        asked = Outgoing("GET", metric.path, {}, None, _METRIC_SECONDS)
        try:
            answer = context.target.direct(Placement(release), spec.health.endpoint)(asked)
        except NoAnswer as error:
            return f"{metric.path} gives {error}"
        seen[0] = metric_value(answer.body.decode("utf-8", "replace"), metric.name)
        if seen[0] is None:
            return f"{metric.path} tells no {metric.name}"
        return "" if seen[0] > metric.above else f"{metric.name} is {seen[0]:g}, and above {metric.above:g} is wanted"

    most = min(spec.health.startup.within, rollout.left())
    if reason := wait_while(missing, most, max(context.target.poll, 0.1), context.clock, context.pause):
        rollout.attend()
        raise NotPassed(f"{release.service} is not ready within {spec.health.startup.within}: {reason}")
    return f"{metric.name} is {seen[0]:g}"


def _require_unfailed(instance: Instance, how: str) -> None:
    if instance.condition is not Condition.FAILED and not instance.restarts:
        return
    if instance.port_taken:
        raise TargetError(f"{instance.name} {how}: {instance.reason}", "deploy again: it is no fault of the version")
    raise NotPassed(f"{instance.name} {how}: {instance.reason or 'it was started again'}")


def _rehearsals(rollout: Rollout) -> list[Placement]:
    found = live_callers(rollout.context, rollout.release.service)
    return [Placement(caller, rollout.release) for caller in found if not caller.spec.runs_alone]


def _rehearse(rollout: Rollout, rehearsal: Placement) -> None:
    context, caller = rollout.context, rehearsal.release
    try:
        await_ready(rollout, rehearsal)
        direct = partial(context.target.direct, rehearsal)
        tell, attend = _tell(rollout, "callers"), rollout.attend
        require_pass(suite(context, caller, direct, caller.spec.own_checks, tell, attend=attend), caller.service)
    except NotPassed as refusal:
        if not _fails_anyway(rollout, caller):
            reason = f"{caller.service} would break: {refusal.reason}"
            raise NotPassed(reason, refusal.outcome, refusal.checks) from None
        context.warn(
            rollout.release.service,
            "callers",
            f"{caller.service} fails its checks with what serves now too: not held against the new release",
        )


def _fails_anyway(rollout: Rollout, caller: Release) -> bool:
    """Whether the caller as it serves now, with the old callee, fails its own checks too."""
    context = rollout.context
    try:
        front = partial(context.target.front, caller)
        result = suite(context, caller, front, caller.spec.own_checks, attend=rollout.attend)
        return result.verdict is not Verdict.PASS
    except OnewayError:
        return True


def _require_speed(rollout: Rollout, direct: Callable[[str | None], Send], checks: Sequence[Check]) -> None:
    """NotPassed when the new replica alone takes much longer over the same checks than the old release does."""
    context, old = rollout.context, rollout.beside
    if old is None:
        return
    new_times: list[float] = []
    old_times: list[float] = []
    for _ in range(_ROUNDS):
        front = partial(context.target.front, old)
        new_times.append(seconds(suite(context, rollout.release, direct, checks, attend=rollout.attend)))
        old_times.append(seconds(suite(context, old, front, checks, attend=rollout.attend)))
        if not slower(new_times, old_times):
            return
    raise NotPassed(f"{rollout.release.service} {rollout.release.version} is slow: {slower(new_times, old_times)}")


def seconds(result: SuiteResult) -> float:
    """How long the answers of a suite took."""
    return sum(each.seconds for each in result.results)


def _tell(rollout: Rollout, step: str) -> Callable[[CheckResult], None]:
    def tell(result: CheckResult) -> None:
        text = result.name if result.verdict is Verdict.PASS else "; ".join(describe_failures(result))
        event = Event(rollout.release.service, EventKind.CHECK, step, text, result.verdict.value, result.seconds)
        rollout.context.report(event)

    return tell
