"""Every story of a few steps: processes that issue, crash, pause and hear late, clocks that are set, lost stores.

The rules and the issuers are the real ones; what is played are the clocks, the store and the order of events.
"""

import contextlib
import itertools
import logging
from collections.abc import Callable, Coroutine, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from lease_stores import Clocks, MemoryStore

from id_service import ledger
from id_service.generator import ClockBehind, parts
from id_service.issuer import LeasedIssuer
from id_service.ledger import Entry, Lease, NoLease, doubted, entry_of, grant, least_unknown
from id_service.stores import SECONDS, LeaseStore

STEPS = (
    "a issues",
    "b issues",
    "a keeps",
    "b keeps",
    "a restarts",
    "a asks and hears late",
    "a asks late",
    "4 s go by",
    "11 s go by",
    "set back",
    "set forward",
    "the ledger is lost",
    "the store goes or comes back",
)


MANY = 100
NUMBERS = 4


@pytest.fixture(autouse=True)
def few_numbers(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """So that a ledger is read and written in no time, and nothing is told of what befalls it."""
    monkeypatch.setattr(ledger, "WORKERS", NUMBERS)
    caplog.set_level(logging.CRITICAL, "id_service")


@dataclass
class SharedStore(MemoryStore):
    """The rules of stores that several machines share: nobody looks whether the ledger is still the same."""

    forgotten: dict[int, Entry] = field(default_factory=dict)

    def is_replaced(self) -> bool:
        return False

    def begin_anew(self) -> None:
        """It goes back to what it was before its last change, as one that took over does."""
        self.entries = doubted(self.forgotten, self._now(), SECONDS)

    def take(self, holder: str, preferred: int | None) -> Lease:
        self._reach()
        now = self._now()
        return self._enter(grant(self.entries, holder, preferred, now, SECONDS, least_unknown(now)))

    def _enter(self, lease: Lease) -> Lease:
        self.forgotten = dict(self.entries)
        self.entries[lease.worker] = entry_of(lease, self._now())
        return lease


class Life:
    """One process, from its start to its death. The store may be asked late, or be heard late."""

    def __init__(self, store: LeaseStore) -> None:
        self.issuer = LeasedIssuer(store, 0, self._in_thread)
        self._asks_late = self._hears_late = False
        self._under_way: Coroutine[Any, Any, None] | None = None
        self.keep()

    def keep(self, *, asks_late: bool = False, hears_late: bool = False) -> None:
        """What is under way ends first: a process does one thing after the other."""
        if self._under_way is not None:
            self._go_on()
            return
        self._asks_late, self._hears_late = asks_late, hears_late
        self._under_way = self.issuer.step()
        self._go_on()

    def _go_on(self) -> None:
        assert self._under_way is not None
        try:
            self._under_way.send(None)
        except StopIteration:
            self._under_way = None

    def die(self) -> None:
        if self._under_way is not None:
            self._under_way.close()

    async def _in_thread(self, work: Callable[..., Lease], *arguments: object) -> Lease:
        if self._asks_late:
            await _Pause()
        try:
            lease = work(*arguments)
        finally:
            if self._hears_late:
                await _Pause()
        return lease


class _Pause:
    def __await__(self) -> Generator[None]:
        yield


@dataclass(frozen=True)
class Issued:
    """By which process, under which of its leases, and from where to where."""

    worker: int
    life: int
    lease: int
    first: int
    last: int


@pytest.mark.parametrize("kind", [MemoryStore, SharedStore])
@pytest.mark.parametrize("first", STEPS)
def test_no_story_of_four_steps_repeats_an_id(first: str, kind: type[MemoryStore]) -> None:
    """Two processes that want the same number, from the same beginning."""
    for rest in itertools.product(STEPS, repeat=3):
        steps = (first, *rest)
        issued = list(story(steps, kind))
        for worker in {each.worker for each in issued}:
            as_worker = [each for each in issued if each.worker == worker]
            assert not overlapping(sorted((each.first, each.last) for each in as_worker)), steps
            leases = [lease for lease, _ in itertools.groupby(each.lease for each in as_worker)]
            assert len(leases) == len(set(leases)), ("somebody issued with a number that another had since", steps)
        for life in {each.life for each in issued}:
            own = [(each.first, each.last) for each in issued if each.life == life]
            assert own == sorted(own), steps


class TrustingStore(SharedStore):
    """Believes all that it finds."""

    def begin_anew(self) -> None:
        self.entries = dict(self.forgotten)


def test_a_ledger_that_is_believed_after_it_was_lost_repeats_ids() -> None:
    """What the stories find where a rule is missing."""
    steps = ("11 s go by", "b keeps", "b issues", "the ledger is lost")
    spans = sorted((each.first, each.last) for each in story(steps, TrustingStore))
    assert overlapping(spans)


def overlapping(spans: list[tuple[int, int]]) -> bool:
    return any(later <= last for (_, last), (later, _) in itertools.pairwise(spans))


def story(steps: tuple[str, ...], kind: type[MemoryStore]) -> Iterator[Issued]:
    """All that is issued; both issue once more at the end, as soon as they can."""
    clocks = Clocks()
    store = kind(clocks)
    if isinstance(store, SharedStore):
        entry = Entry("", "", 0.0, 0)
        store.entries = dict.fromkeys(range(NUMBERS - 1), entry)
        store.forgotten = dict(store.entries)
    lives = {name: Life(store) for name in "ab"}
    kept = [*lives.values()]  # so that no two lives have the same identity
    generators = []
    ending = ("a keeps", "b keeps", "a issues", "b issues")
    for name in (*steps, *ending, "comes back", "20 s go by", *ending, *ending):
        who, what = name.split(" ", 1)
        if what == "issues":
            issuer = lives[who].issuer
            with contextlib.suppress(NoLease, ClockBehind):
                ids = issuer.issue(MANY)
                generators.append(issuer._generator)
                yield Issued(parts(ids[0]).worker, id(lives[who]), id(issuer._generator), ids[0], ids[-1])
        elif what == "restarts":
            lives[who].die()
            lives[who] = Life(store)
            kept.append(lives[who])
        elif who in lives:
            lives[who].keep(asks_late=what == "asks late", hears_late=what == "asks and hears late")
        elif name in ("the store goes or comes back", "comes back"):
            store.lost = what != "back" and not store.lost
        elif name == "the ledger is lost":
            store.begin_anew()
        elif who == "set":
            clocks.wall += 60_000 if what == "forward" else -60_000
        else:
            clocks.go(float(who))
