"""Traffic by steps, each judged by what users get from the new release and from the old."""

from functools import partial
from typing import Final

from .desk import checks_of
from .gate import require_alive, require_pass, suite
from .journal import Journal
from .span import Traffic, watch

_QUIET_SPAN: Final = 0.3


def percents(journal: Journal) -> tuple[int, ...]:
    """The declared steps, ending at 100. With nothing to compare with, all at once."""
    if journal.old is None:
        return (100,)
    steps = sorted(set(journal.release.spec.rollout.steps))
    return tuple(steps) if steps and steps[-1] == 100 else (*steps, 100)


def shift(percent: int, traffic: Traffic, journal: Journal) -> str:
    """Give the new release that share, and judge it for one interval."""
    since = journal.desk.clock.monotonic()
    if percent != 100 and traffic.quiet:
        return "left out: nobody is there who could be asked for less than all"
    journal.desk.target.shift(journal.release, journal.old, percent)
    interval = journal.release.spec.rollout.interval
    return watch(journal, traffic, since, interval, least=min(interval, _QUIET_SPAN))


def verify(journal: Journal) -> str:
    """Its checks pass through the front door, as users come in."""
    desk, release = journal.desk, journal.release
    checks = checks_of(release.spec)
    if checks:
        require_pass(suite(desk, release, partial(desk.target.front, release), checks), release.service)
    require_alive(journal)
    return "through the front door"


def bake(traffic: Traffic, journal: Journal) -> str:
    """It goes on well for the declared time, with all of the traffic: also where that was taken from it meanwhile."""
    if journal.resumed:
        journal.desk.target.shift(journal.release, journal.old, 100)
    span = journal.release.spec.rollout.bake
    return watch(journal, traffic, journal.desk.clock.monotonic(), span, least=span)
