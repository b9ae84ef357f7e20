"""Leases of worker numbers: one contract for every store, and every story of a few steps tried."""

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from id_service.generator import LEAD, SEQUENCES, WORKERS, ClockBehind, parts
from id_service.issuer import LOOK, MARGIN, LeasedIssuer
from id_service.ledger import (
    UNKNOWN,
    Entry,
    Lease,
    NoLease,
    Now,
    StoreLost,
    begun,
    entry_of,
    given_back,
    grant,
    renew,
)
from id_service.stores import SECONDS, LeaseStore, MachineStore, _write

NOON = 28_000_000_000


@dataclass
class Clocks:
    """The shared one never jumps; the one on the wall may."""

    shared: float = 1000.0
    wall: int = NOON

    def go(self, seconds: float) -> None:
        self.shared += seconds
        self.wall += int(seconds * 1000)


@dataclass
class MemoryStore:
    """The rules without a file: what the contract holds to behave as the real one does."""

    clocks: Clocks
    entries: dict[int, Entry] = field(default_factory=dict)
    lost: bool = False
    begun: int = 1
    known: int = 1

    def begin_anew(self) -> None:
        """As when the file is deleted and somebody else comes first, or is replaced by a copy."""
        self.entries = begun(self.entries, self.now())
        self.begun += 1

    def is_replaced(self) -> bool:
        return self.known != self.begun

    def now(self) -> Now:
        return Now("", self.clocks.shared, self.clocks.wall)

    def take(self, holder: str, preferred: int | None) -> Lease:
        self._reach()
        return self._enter(grant(self.entries, holder, preferred, self.now(), SECONDS))

    def renew(self, lease: Lease) -> Lease:
        self._reach()
        return self._enter(renew(self.entries, lease, self.now(), SECONDS))

    def give_back(self, lease: Lease, used: int) -> None:
        self._reach()
        if lease.worker in self.entries and self.entries[lease.worker].holder == lease.holder:
            self.entries[lease.worker] = given_back(lease, used)

    def _enter(self, lease: Lease) -> Lease:
        self.entries[lease.worker] = entry_of(lease, self.now())
        self.known = self.begun
        return lease

    def _reach(self) -> None:
        if self.lost:
            raise StoreLost("it is gone")


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture(params=["machine", "memory"])
def store(request: pytest.FixtureRequest, clocks: Clocks, tmp_path: Path) -> LeaseStore:
    if request.param == "memory":
        return MemoryStore(clocks)
    return machine_store(tmp_path / "deep" / "leases.sqlite", clocks)


def machine_store(file: Path, clocks: Clocks) -> MachineStore:
    """One whose ledger was begun long enough ago."""
    store = MachineStore(file, lambda: clocks.wall, lambda: clocks.shared)
    with pytest.raises(NoLease, match="is new or a copy"):
        store.take("the first", 0)
    clocks.go(UNKNOWN + 1)
    return store


def hold_all_but(store: LeaseStore, free: int) -> None:
    held = Entry("somebody", store.now().era, store.now().shared + 60, 0)
    entries = {worker: held for worker in range(WORKERS) if worker != free}
    if isinstance(store, MemoryStore):
        store.entries |= entries
    elif isinstance(store, MachineStore):
        with store._writing() as database:
            for worker, entry in entries.items():
                _write(database, worker, entry)


def test_nobody_gets_a_number_that_is_held(store: LeaseStore) -> None:
    assert [store.take(f"h{n}", 0).worker for n in range(5)] == [0, 1, 2, 3, 4]
    assert store.take("other", 700).worker == 700


def test_a_lease_that_is_renewed_goes_on_and_one_that_is_not_ends(store: LeaseStore, clocks: Clocks) -> None:
    one, two = store.take("one", 0), store.take("two", 0)
    for _ in range(5):
        clocks.go(SECONDS * 0.9)
        one = store.renew(one)
    with pytest.raises(NoLease, match="has ended"):
        store.renew(two)
    assert store.take("three", 1).worker == 1
    assert store.renew(one).worker == 0


def test_the_next_holder_begins_where_the_last_one_may_have_been(store: LeaseStore, clocks: Clocks) -> None:
    one = store.take("one", 0)
    clocks.go(SECONDS + 1)
    clocks.wall -= 3_600_000
    two = store.take("two", 0)
    assert two.worker != 0, "a number whose ids lie ahead of the clock is left alone while there is another"
    hold_all_but(store, 0)
    last = store.take("last", None)
    assert (last.worker, last.floor) == (0, one.bound)


def test_what_is_given_back_is_free_at_once_from_where_it_was_used(store: LeaseStore) -> None:
    one = store.take("one", 0)
    used = one.floor + 12
    store.give_back(one, used)
    two = store.take("two", 0)
    assert (two.worker, two.floor) == (0, used)
    store.give_back(one, used)
    assert store.renew(two).worker == 0


def test_when_all_are_held_it_says_so(store: LeaseStore) -> None:
    hold_all_but(store, 77)
    assert store.take("the last one", None).worker == 77
    with pytest.raises(NoLease, match="all 1024 worker numbers"):
        store.take("one more", None)


def test_the_machines_store_outlives_boots_and_replaced_files(clocks: Clocks, tmp_path: Path) -> None:
    file = tmp_path / "leases.sqlite"
    store = machine_store(file, clocks)
    one = store.take("one", 0)
    rebooted = MachineStore(file, lambda: clocks.wall, lambda: 1.0)
    rebooted._era = "another boot"
    two = rebooted.take("two", 0)
    assert two.worker == 1, "the clock has not passed what the first one may have issued"
    file.write_bytes(b"no database at all")
    with pytest.raises(StoreLost, match="cannot be used"):
        store.renew(one)
    file.unlink()
    with pytest.raises(NoLease, match="has ended"):
        store.renew(one)


@pytest.mark.parametrize("how", ["deleted", "copied", "exchanged"])
def test_nobody_has_a_number_twice_when_the_ledger_is_replaced(how: str, clocks: Clocks, tmp_path: Path) -> None:
    """Even while its holder is renewed by nobody, at the moment at which the new file is there."""
    file = tmp_path / "leases.sqlite"
    before = machine_store(file, clocks)
    copy = file.read_bytes()
    holder = issuing(before)
    ids = holder.issue(4000)
    if how != "exchanged":
        file.unlink()
        assert holder.issue(1), "there is nobody else yet"
    if how != "deleted":
        (tmp_path / "copy").write_bytes(copy)
        (tmp_path / "copy").replace(file)
    other = LeasedIssuer(MachineStore(file, lambda: clocks.wall, lambda: clocks.shared), 0)
    asyncio.run(other.step())
    with pytest.raises(NoLease, match="is new or a copy"):
        other.issue(1)
    ids += holder.issue(4000)
    clocks.go(LOOK)
    with pytest.raises(NoLease, match="a ledger that has been replaced"):
        holder.issue(1)
    clocks.go(UNKNOWN - LOOK)
    asyncio.run(other.step())
    assert other.worker == 0
    assert min(other.issue(4000)) > max(ids)
    asyncio.run(holder.step())
    assert holder.worker == 1
    assert min(holder.issue(1)) > max(ids)


def test_a_holder_has_stopped_before_a_new_ledger_gives_its_number() -> None:
    assert LOOK + LEAD / 1000 < UNKNOWN


def test_a_file_replaced_while_it_is_written_to_gives_nothing(clocks: Clocks, tmp_path: Path) -> None:
    file = tmp_path / "leases.sqlite"
    store = machine_store(file, clocks)
    with ExitStack() as left:
        left.enter_context(store._writing())
        file.rename(tmp_path / "elsewhere")
        file.write_bytes(b"")
        with pytest.raises(StoreLost, match="was replaced while"):
            left.close()


def issuing(store: LeaseStore, preferred: int | None = 0) -> LeasedIssuer:
    issuer = LeasedIssuer(store, preferred)
    asyncio.run(issuer.step())
    return issuer


def test_a_lost_store_costs_nothing_until_the_end_and_then_a_reason(clocks: Clocks) -> None:
    store = MemoryStore(clocks)
    issuer = issuing(store)
    store.lost = True
    clocks.go(SECONDS - MARGIN - 0.1)
    asyncio.run(issuer.step())
    assert len(issuer.issue(1000)) == 1000
    clocks.go(0.1)
    with pytest.raises(NoLease, match="the lease of worker number 0 has ended: it is gone"):
        issuer.issue(1)
    assert "it is gone" in (issuer.reason() or "")
    store.lost = False
    clocks.go(5)
    asyncio.run(issuer.step())
    assert issuer.issue(1)


def test_a_clock_set_forward_waits_for_a_renewal(clocks: Clocks) -> None:
    issuer = issuing(MemoryStore(clocks))
    clocks.wall += 3_600_000
    with pytest.raises(ClockBehind):
        issuer.issue(1)
    asyncio.run(issuer.step())
    assert parts(issuer.issue(1)[0]).worker == 0


def test_a_resumed_process_never_issues_what_another_has_meanwhile(clocks: Clocks) -> None:
    store = MemoryStore(clocks)
    paused = issuing(store)
    before = paused.issue(100)
    clocks.go(SECONDS + 5)
    other = issuing(store)
    meanwhile = other.issue(100)
    with pytest.raises(NoLease):
        paused.issue(1)
    asyncio.run(paused.step())
    after = paused.issue(100)
    assert len({*before, *meanwhile, *after}) == 300
    assert before + after == sorted(before + after)


STEPS = (
    "a issues",
    "b issues",
    "a keeps",
    "b keeps",
    "a restarts",
    "b restarts",
    "4 s go by",
    "11 s go by",
    "set back",
    "a new ledger",
)


@pytest.mark.parametrize("first", STEPS)
def test_no_story_of_four_steps_repeats_an_id(first: str) -> None:
    """Two processes that want the same number: each story from the same beginning, with the real rules and issuers."""
    for rest in itertools.product(STEPS, repeat=3):
        issued = list(story((first, *rest)))
        for worker in {worker for worker, _, _, _ in issued}:
            assert not overlapping(sorted(span for each, _, *span in issued if each == worker)), (first, *rest)
        for life in {life for _, life, _, _ in issued}:
            own = [span for _, each, *span in issued if each == life]
            assert own == sorted(own), (first, *rest)
            assert not overlapping(own), (first, *rest)


def overlapping(spans: list[list[int]]) -> bool:
    return any(later <= last for (_, last), (later, _) in itertools.pairwise(spans))


def story(steps: tuple[str, ...]) -> Iterator[tuple[int, int, int, int]]:
    """(worker, life of a process, first id, last id) of all that is issued; both issue once more at the end."""
    clocks = Clocks()
    store = MemoryStore(clocks)
    lives = {name: _kept(LeasedIssuer(store, 0, _at_once)) for name in "ab"}
    for issuer in lives.values():
        step(issuer)
    for name in (*steps, "a keeps", "b keeps", "a issues", "b issues"):
        who, what = name.split(" ", 1)
        if what == "issues":
            with contextlib.suppress(NoLease, ClockBehind):
                ids = lives[who].issue(SEQUENCES // 2)
                yield parts(ids[0]).worker, id(lives[who]), ids[0], ids[-1]
        elif what == "keeps":
            step(lives[who])
        elif what == "restarts":
            lives[who] = _kept(LeasedIssuer(store, 0, _at_once))
            step(lives[who])
        elif name == "a new ledger":
            store.begin_anew()
        elif name == "set back":
            clocks.wall -= 60_000
        else:
            clocks.go(float(who))


_ALIVE: list[LeasedIssuer] = []


def _kept(issuer: LeasedIssuer) -> LeasedIssuer:
    """So that no two lives have the same identity."""
    _ALIVE.append(issuer)
    return issuer


def step(issuer: LeasedIssuer) -> None:
    """Without a loop and its threads: nothing here waits."""
    coroutine = issuer.step()
    try:
        coroutine.send(None)
    except StopIteration:
        return
    raise AssertionError("it waited")


async def _at_once(work: Callable[..., Lease], *arguments: object) -> Lease:
    return work(*arguments)
