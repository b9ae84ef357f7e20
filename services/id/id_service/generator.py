"""64-bit ids: unique, ordered by time, made without asking anybody.

    bit 63      always 0, so that an id is positive as a signed integer too
    bits 62-22  milliseconds since EPOCH (41 bits: until September 2095)
    bits 21-12  worker, 0 to 1023: no two live processes share one
    bits 11-0   sequence within the millisecond

The time in an id may run ahead of the clock, by at most LEAD milliseconds: when the sequence of a millisecond is used
up, the next one is borrowed; when the clock is set back, ids go on from where they were. Beyond LEAD nothing is issued
until the clock has caught up. Under a lease (see ledger.py) ids are within the bounds that were put down for it.
Without one, a process that takes over the worker number of a dead one repeats none of its ids as long as it issues
nothing in its first LEAD milliseconds, which is what it does.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)
WORKERS = 1024
SEQUENCES = 4096
LEAD = 250

_EPOCH_MS = int(EPOCH.timestamp()) * 1000
_MILLISECONDS = 2**41


class ClockBehind(Exception):
    """No id can be issued until the clock has gone on by `milliseconds`."""

    def __init__(self, milliseconds: int) -> None:
        super().__init__(f"the clock must go on by {milliseconds} ms before another id can be issued")
        self.milliseconds = milliseconds


class BoundReached(Exception):
    """The clock was set forward beyond what the lease is for; it has to be renewed first."""


@dataclass(frozen=True, slots=True)
class IdParts:
    """What an id says."""

    time: datetime
    worker: int
    sequence: int


def system_clock() -> int:
    """Milliseconds since EPOCH."""
    return time.time_ns() // 1_000_000 - _EPOCH_MS


class Generator:
    """One for each process. `clock` tells milliseconds since EPOCH, and may jump in both directions.

    Inside, time and sequence are one number, the place: milliseconds x SEQUENCES + sequence.
    """

    def __init__(
        self, worker: int, clock: Callable[[], int] = system_clock, floor: int | None = None, bound: int | None = None
    ) -> None:
        """`floor` and `bound` are places, of a lease: from the one on, and below the other."""
        if not 0 <= worker < WORKERS:
            raise ValueError(f"worker is {worker}, but must be from 0 to {WORKERS - 1}")
        self._worker = worker
        self._clock = clock
        self._opens: int | None = max(0, clock() + LEAD + 1) if floor is None else None
        self._next = (floor or 0) if self._opens is None else self._opens * SEQUENCES
        self._bound = _MILLISECONDS * SEQUENCES if bound is None else bound

    @property
    def next_place(self) -> int:
        """Above every place that was used."""
        return self._next

    def extend(self, bound: int) -> None:
        self._bound = bound

    def behind(self) -> int:
        """Milliseconds that the clock must go on before an id can be issued; 0 when one can be issued now."""
        return self._behind(self._clock(), 1)

    def issue(self, count: int) -> list[int]:
        """`count` ids, ascending and above all issued before. Raises ClockBehind."""
        now = self._clock()
        behind = self._behind(now, count)
        if behind:
            raise ClockBehind(behind)
        first = self._first(now)
        if first + count > _MILLISECONDS * SEQUENCES:
            raise OverflowError("the clock is past the last millisecond that an id can hold; choose a new EPOCH")
        if first + count > self._bound:
            raise BoundReached
        self._opens = None
        self._next = first + count
        return self._ids(first, count)

    def one(self) -> int:
        """As the one of `issue(1)`, in a fraction of the time."""
        now = self._clock()
        place = now * SEQUENCES
        if place < self._next:
            place = self._next
        if self._opens is not None or place >= self._bound or place // SEQUENCES - now > LEAD:
            return self.issue(1)[0]
        self._next = place + 1
        return (place // SEQUENCES * WORKERS + self._worker) * SEQUENCES + place % SEQUENCES

    def _behind(self, now: int, count: int) -> int:
        if self._opens is not None:
            return max(0, self._opens - now)
        return max(0, (self._first(now) + count - 1) // SEQUENCES - now - LEAD)

    def _first(self, now: int) -> int:
        return max(self._next, now * SEQUENCES)

    def _ids(self, first: int, count: int) -> list[int]:
        """Millisecond by millisecond, as ranges: within one of them ids follow each other."""
        ids: list[int] = []
        place, end = first, first + count
        while place < end:
            milliseconds, sequence = divmod(place, SEQUENCES)
            length = min(SEQUENCES - sequence, end - place)
            start = (milliseconds * WORKERS + self._worker) * SEQUENCES + sequence
            ids.extend(range(start, start + length))
            place += length
        return ids


def parts(number: int) -> IdParts:
    """Take an id apart. Raises ValueError for a number that cannot be one."""
    if not 0 <= number < 2**63:
        raise ValueError(f"{number} is not an id: ids are from 0 to {2**63 - 1}")
    rest, sequence = divmod(number, SEQUENCES)
    milliseconds, worker = divmod(rest, WORKERS)
    return IdParts(EPOCH + timedelta(milliseconds=milliseconds), worker, sequence)
