"""Who may issue ids as which worker, and until where: the rules of leases, as pure functions.

A lease ends by a clock that never jumps and that all holders share (on one machine: time since its boot). While it
lasts, its holder may issue places from `floor` on and below `bound`. The bound is in the ledger before an id below it
is issued, and the next holder of the number begins at it. So no number repeats an id, whoever dies, pauses or has a
wrong clock: the end in time only lets others have the number.

A ledger that was begun anew, because its file was deleted or replaced by a copy, does not know who holds a number. So
all count as held for UNKNOWN seconds, in which every holder has looked, seen that its ledger is another, and stopped.
Where holders cannot look all the time, because the ledger is not on their machine, a number that the ledger does not
know begins LEAST_KNOWN seconds ahead of the clock: above all that a holder of before could still issue.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from id_service.generator import LEAD, SEQUENCES, WORKERS

UNKNOWN = 1.0
# Seconds that ids must be ahead of the clock for a number of which a ledger that several machines share knows nothing.
LEAST_KNOWN = 15.0
_SOMEBODY = "whoever held it in the ledger before"


@dataclass(frozen=True, slots=True)
class Entry:
    """What the ledger says of one worker number. `until`: seconds of the shared clock, of the era (boot) `era`."""

    holder: str
    era: str
    until: float
    bound: int


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to issue places >= `floor` and < `bound` as `worker`, while the shared clock is before `until`."""

    worker: int
    holder: str
    floor: int
    bound: int
    until: float


@dataclass(frozen=True, slots=True)
class Now:
    """What the clocks say: the shared one, and milliseconds since EPOCH by the one on the wall."""

    era: str
    shared: float
    wall: int


class NoLease(Exception):
    """There is no lease, for the reason that this says."""


class StoreLost(NoLease):
    """The store cannot be asked: a lease that was taken before lasts until its end."""


def grant(
    ledger: Mapping[int, Entry], holder: str, preferred: int | None, now: Now, seconds: float, unknown: int = 0
) -> Lease:
    """The preferred number where it is free and was left behind by the clock, otherwise the first such number, or the
    one that will be soonest; `unknown` is the bound of numbers that are not in the ledger. Raises NoLease when every
    number is held."""
    free = [worker for worker in range(WORKERS) if not _is_held(ledger.get(worker), now)]
    if not free:
        raise NoLease(_why_none(ledger))
    if preferred in free:
        free.insert(0, preferred)
    bounds = {worker: ledger[worker].bound if worker in ledger else unknown for worker in free}
    place = now.wall * SEQUENCES
    worker = next((each for each in free if bounds[each] <= place), None)
    if worker is None:
        worker = min(free, key=bounds.__getitem__)
    floor = bounds[worker]
    return Lease(worker, holder, floor, _bound(floor, now, seconds), now.shared + seconds)


def renew(ledger: Mapping[int, Entry], lease: Lease, now: Now, seconds: float) -> Lease:
    """Raises NoLease when it has ended: it may be somebody else's by now."""
    entry = ledger.get(lease.worker)
    if entry is None or entry.holder != lease.holder or not _is_held(entry, now):
        raise NoLease(f"the lease of worker number {lease.worker} has ended")
    return replace(lease, bound=_bound(lease.bound, now, seconds), until=now.shared + seconds)


def entry_of(lease: Lease, now: Now) -> Entry:
    return Entry(lease.holder, now.era, lease.until, lease.bound)


def given_back(lease: Lease, used: int) -> Entry:
    """Free at once, from the first place that was not used."""
    return Entry("", "", 0.0, min(max(used, lease.floor), lease.bound))


def begun(ledger: Mapping[int, Entry], now: Now) -> dict[int, Entry]:
    """What a new ledger says, or the copy of an old one: nobody is known to be gone, or to have issued less."""
    least = (now.wall + int(UNKNOWN * 1000)) * SEQUENCES
    bounds = {worker: ledger[worker].bound if worker in ledger else 0 for worker in range(WORKERS)}
    until = now.shared + UNKNOWN
    return {worker: Entry(_SOMEBODY, now.era, until, max(bound, least)) for worker, bound in bounds.items()}


def least_unknown(now: Now) -> int:
    """The bound of a number of which a ledger that several machines share knows nothing."""
    return (now.wall + int(LEAST_KNOWN * 1000)) * SEQUENCES


def doubted(ledger: Mapping[int, Entry], now: Now, seconds: float) -> dict[int, Entry]:
    """What a ledger says that may have lost its last changes: who holds a number goes on, and everybody else begins
    above what was perhaps forgotten. Whose lease has ended has lost the number: that change may be the one that is
    missing."""
    least, until = least_unknown(now), now.shared + seconds
    return {
        worker: replace(
            entry,
            bound=max(entry.bound, least),
            until=max(entry.until, until) if _is_held(entry, now) else entry.until,
        )
        for worker, entry in ledger.items()
    }


def _why_none(ledger: Mapping[int, Entry]) -> str:
    if any(entry.holder == _SOMEBODY for entry in ledger.values()):
        return f"the ledger of leases is new or a copy; holders of the one before it have {UNKNOWN:g} s to notice"
    return f"all {WORKERS} worker numbers are held by live processes"


def _is_held(entry: Entry | None, now: Now) -> bool:
    return entry is not None and entry.holder != "" and entry.era == now.era and now.shared < entry.until


def _bound(least: int, now: Now, seconds: float) -> int:
    return max(least, (now.wall + int(seconds * 1000) + LEAD + 1) * SEQUENCES)
