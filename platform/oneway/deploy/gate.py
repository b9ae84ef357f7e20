"""The gate before any traffic: the new replica alone must start, be ready, pass its own checks and its callers'."""

from collections.abc import Callable, Sequence
from functools import partial

from ..errors import OnewayError
from ..model import Check
from ..probe import CheckResult, Send, SuiteResult, Verdict, run_suite
from ..targets.base import Condition, Instance, Outcome, Placement, Release, TargetError
from .desk import Desk, checks_of, told
from .events import Event, Kind
from .history import live
from .journal import Journal, Refused
from .judge import slower

_ROUNDS = 3


def build(journal: Journal) -> str:
    """What the release runs from is made, or was made before."""
    release = journal.release
    say = partial(journal.desk.tell, release.service, "build")
    material = journal.desk.target.prepare(release, say)
    if material != release.material:
        journal.become(material=material)
    return release.content[:12]


def start(journal: Journal) -> str:
    """One new replica beside what serves; and already now, for they take their time too, rehearsals of its callers."""
    journal.desk.target.ensure(Placement(journal.release), 1)
    for each in _rehearsals(journal):
        journal.desk.target.ensure(each, 1)
    return "one replica, without traffic"


def ready(journal: Journal) -> str:
    """It answers its readiness within its startup budget, and does not die meanwhile."""
    return await_ready(journal, Placement(journal.release))


def smoke(journal: Journal) -> str:
    """Its own checks pass on it alone, about as fast as on the old one."""
    desk, release = journal.desk, journal.release
    checks = checks_of(release.spec)
    if not checks:
        return "nothing to ask it: it declares no check and no ready path"
    direct = partial(desk.target.direct, Placement(release))
    require_pass(suite(desk, release, direct, checks, _tell(journal, "smoke")), release.service)
    require_alive(journal)
    _require_speed(journal, direct, checks)
    return f"{len(checks)} check{'s' * (len(checks) > 1)} passed"


def callers(journal: Journal) -> str:
    """Those that call this service work with the new release: each in a rehearsal of its own, with its own checks."""
    desk = journal.desk
    rehearsals = _rehearsals(journal)
    if not rehearsals:
        return "nobody that runs calls it"
    try:
        for each in rehearsals:
            desk.target.ensure(each, 1)
        for each in rehearsals:
            _rehearse(journal, each)
    finally:
        for each in rehearsals:
            desk.target.remove(each)
    return f"the checks of {', '.join(each.release.service for each in rehearsals)} passed"


def replicas(journal: Journal) -> str:
    """All replicas that it declares are ready."""
    wanted = journal.release.spec.min_replicas
    if wanted > 1:
        journal.desk.target.ensure(Placement(journal.release), wanted)
        await_ready(journal, Placement(journal.release), wanted)
    return f"{wanted}"


def live_callers(desk: Desk, service: str) -> list[Release]:
    """The live releases that declare a call to the service and have checks of their own, by name."""
    found = [live(desk.records.releases(name)) for name in desk.records.services() if name != service]
    return [each for each in found if each and each.spec.smoke and any(call.to == service for call in each.spec.calls)]


def suite(
    desk: Desk,
    release: Release,
    sender: Callable[[str | None], Send],
    checks: Sequence[Check],
    tell: Callable[[CheckResult], None] = lambda _: None,
    pause: Callable[[float], None] | None = None,
) -> SuiteResult:
    """One run of the checks, each judged as the release's rollout says."""
    return run_suite(checks, sender, desk.read_file, release.spec.rollout.judge, pause or desk.pause, tell)


def require_pass(result: SuiteResult, whose: str) -> None:
    """Raises Refused with expected and actual unless every check passed."""
    if result.verdict is Verdict.PASS:
        return
    lines = tuple(line for failed in result.failed for line in told(failed))
    outcome = Outcome.FAIL if result.verdict is Verdict.FAIL else Outcome.INCONCLUSIVE
    raise Refused(f"{whose}'s check failed: {lines[0]}", outcome, lines)


def require_alive(journal: Journal) -> tuple[Instance, ...]:
    """The new replicas; Refused when one has died or was started again."""
    found = journal.desk.target.observe(Placement(journal.release))
    for each in found:
        _require_unfailed(each, "died")
    return found


def await_ready(journal: Journal, placement: Placement, wanted: int = 1) -> str:
    """Wait until so many replicas are ready, within the startup budget. Refused when one dies, or at the end."""
    desk, spec = journal.desk, placement.release.spec
    started = desk.clock.monotonic()
    until = min(started + spec.health.startup.within, journal.deadline)
    while True:
        found = desk.target.observe(placement)
        for each in found:
            _require_unfailed(each, "does not start")
        waiting = [each for each in found if each.condition is not Condition.READY]
        if len(found) - len(waiting) >= wanted:
            return f"after {desk.clock.monotonic() - started:.1f} s"
        if desk.clock.monotonic() >= until:
            reason = waiting[0].reason if waiting else "no replica was seen"
            raise Refused(f"{placement.release.service} is not ready within {spec.health.startup.within}: {reason}")
        desk.pause(desk.target.poll)


def _require_unfailed(instance: Instance, how: str) -> None:
    if instance.condition is not Condition.FAILED and not instance.restarts:
        return
    if instance.port_taken:
        raise TargetError(f"{instance.name} {how}: {instance.reason}", "deploy again: it is no fault of the version")
    raise Refused(f"{instance.name} {how}: {instance.reason or 'it was started again'}")


def _rehearsals(journal: Journal) -> list[Placement]:
    return [Placement(caller, journal.release) for caller in live_callers(journal.desk, journal.release.service)]


def _rehearse(journal: Journal, rehearsal: Placement) -> None:
    desk, caller = journal.desk, rehearsal.release
    try:
        await_ready(journal, rehearsal)
        direct = partial(desk.target.direct, rehearsal)
        require_pass(suite(desk, caller, direct, caller.spec.smoke, _tell(journal, "callers")), caller.service)
    except Refused as refusal:
        if not _fails_anyway(desk, caller):
            told_off = f"{caller.service} would break: {refusal.reason}"
            raise Refused(told_off, refusal.outcome, refusal.checks) from None
        desk.warn(
            journal.release.service,
            "callers",
            f"{caller.service} fails its checks with what serves now too: not held against the new release",
        )


def _fails_anyway(desk: Desk, caller: Release) -> bool:
    """Whether the caller as it serves now, with the old callee, fails its own checks too."""
    try:
        front = partial(desk.target.front, caller)
        return suite(desk, caller, front, caller.spec.smoke).verdict is not Verdict.PASS
    except OnewayError:
        return True


def _require_speed(journal: Journal, direct: Callable[[str | None], Send], checks: Sequence[Check]) -> None:
    """Refused when the new replica alone takes much longer over the same checks than the old release does."""
    desk, old = journal.desk, journal.old
    if old is None:
        return
    new_times: list[float] = []
    old_times: list[float] = []
    for _ in range(_ROUNDS):
        new_times.append(seconds(suite(desk, journal.release, direct, checks)))
        old_times.append(seconds(suite(desk, old, partial(desk.target.front, old), checks)))
        if not slower(new_times, old_times):
            return
    raise Refused(f"{journal.release.service} {journal.release.version} is slow: {slower(new_times, old_times)}")


def seconds(result: SuiteResult) -> float:
    """How long the answers of a suite took."""
    return sum(each.seconds for each in result.results)


def _tell(journal: Journal, step: str) -> Callable[[CheckResult], None]:
    def tell(result: CheckResult) -> None:
        text = result.name if result.verdict is Verdict.PASS else "; ".join(told(result))
        event = Event(journal.release.service, Kind.CHECK, step, text, result.verdict.value, result.seconds)
        journal.desk.report(event)

    return tell
