"""Issuing under leases: what befalls a ledger, a store or a clock while ids are issued."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from lease_stores import Clocks, MemoryStore, machine_store

from id_service.app import create
from id_service.generator import LEAD, ClockBehind, parts
from id_service.issuer import LOOK, MARGIN, LeasedIssuer
from id_service.ledger import UNKNOWN, Lease, NoLease, StoreLost
from id_service.machine_store import MachineStore
from id_service.stores import SECONDS, LeaseStore
from servicekit import Settings
from servicekit.testing import client_of


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


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


def test_a_renewal_that_failed_is_tried_again_long_before_the_lease_ends(clocks: Clocks) -> None:
    store = MemoryStore(clocks)
    issuer = issuing(store)
    usual = issuer.pause
    store.lost = True
    asyncio.run(issuer.step())
    assert issuer.pause * 20 < SECONDS - MARGIN
    store.lost = False
    asyncio.run(issuer.step())
    assert issuer.pause == usual


@pytest.mark.parametrize("failures", [1, 3])
def test_nobody_is_sent_to_a_process_before_it_has_its_number(clocks: Clocks, failures: int) -> None:
    """The port opens when the service has started: a store that is slow or busy then makes nobody wait for it here."""
    store = Reluctant(clocks, refusals=failures)

    async def started() -> int | None:
        async with LeasedIssuer(store, 0, in_thread=at_once) as issuer:
            return issuer.worker

    assert asyncio.run(started()) == 0
    assert store.refusals == 0


@pytest.mark.parametrize("paused", [SECONDS - MARGIN, SECONDS, SECONDS + 5, 3600.0])
def test_a_resumed_process_answers_whoever_was_waiting(clocks: Clocks, paused: float) -> None:
    """Its lease has ended, and nothing but the next step keeps it from another one."""
    store = MemoryStore(clocks)
    service = create(Settings("id"), LeasedIssuer(store, 0, in_thread=at_once))

    async def asked() -> list[int]:
        async with client_of(service) as client:
            before = await client.post("/v1/ids?count=3")
            clocks.go(paused)
            meanwhile = [await client.post("/v1/ids?count=3"), await client.post("/v1/ids")]
            clocks.go(paused)
            store.lost = True
            return [answer.status_code for answer in (before, *meanwhile, *[await client.post("/v1/ids")] * 2)]

    assert asyncio.run(asked()) == [200, 200, 200, 503, 503]


@dataclass
class Reluctant(MemoryStore):
    """Lost for as often as it is asked at first."""

    refusals: int = 0

    def _reach(self) -> None:
        if self.refusals:
            self.refusals -= 1
            raise StoreLost("it is busy")


async def at_once(step: Callable[..., Lease], *given: object) -> Lease:
    return step(*given)
