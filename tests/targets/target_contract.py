"""What every target must do, whatever it runs on: the engine relies on this and on nothing else.

A target's test module subclasses `TargetContract` and gives it a fixture `place` that fulfils `Place`.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

import pytest
from msgspec.structs import replace

from oneway.probe import Answer, NoAnswer, Outgoing, Send, as_readiness
from oneway.targets.base import (
    Condition,
    Evidence,
    Holder,
    Instance,
    Locked,
    Outcome,
    Placement,
    Release,
    State,
    Step,
    Target,
)

_PATIENCE = 30.0
CALLER, CALLEE = "gate", "id"


class Place(Protocol):
    """A target with two services that can be deployed on it: `gate` calls `id`."""

    @property
    def target(self) -> Target: ...

    def draft(self, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        """A release to be; modes are `good`, `crashes`, `never ready`, `wrong` (answers 500), and those whose readiness
        path redirects: `ready elsewhere` to a path that answers 200, `ready nowhere` to one that answers 404."""

    def users(self, service: str, count: int) -> list[str]:
        """What so many users get who come in by the front door: the answering version each, or why there is none."""

    def sleep(self, seconds: float) -> None: ...


def get(path: str = "/") -> Outgoing:
    return Outgoing("GET", path, {}, None, 10.0)


class TargetContract:
    """The tests. Each leaves the target as it finds it."""

    @pytest.fixture
    def target(self, place: Place) -> Target:
        return place.target

    def locked(self, target: Target, service: str) -> AbstractContextManager[None]:
        return target.records.lock(service, Holder("a test", 1.0))

    def made(self, place: Place, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        """A release that is recorded and prepared; the caller holds the lock."""
        release = place.target.records.create(place.draft(service, version, mode, replicas))
        return replace(release, material=place.target.prepare(release, lambda _: None))

    def serving(self, place: Place, service: str, version: str, replicas: int = 1, mode: str = "good") -> Release:
        """A release that serves alone, and is committed."""
        release = self.made(place, service, version, mode, replicas)
        place.target.ensure(Placement(release), replicas)
        self.await_ready(place, Placement(release), replicas)
        place.target.shift(release, None, 100)
        release = replace(release, state=State.LIVE, committed=2.0)
        place.target.records.save(release)
        place.target.settle(service, release)
        return release

    def await_ready(self, place: Place, placement: Placement, count: int = 1) -> None:
        self.await_seen(
            place, placement, lambda found: sum(each.condition is Condition.READY for each in found) >= count
        )

    def await_seen(
        self, place: Place, placement: Placement, wanted: Callable[[tuple[Instance, ...]], bool]
    ) -> tuple[Instance, ...]:
        until = time.monotonic() + _PATIENCE
        while True:
            found = place.target.observe(placement)
            if wanted(found):
                return found
            assert time.monotonic() < until, f"not seen within {_PATIENCE} s: {found}"
            place.sleep(0.1)

    def await_share(self, place: Place, percent: int, tolerance: int = 15) -> None:
        until = time.monotonic() + _PATIENCE
        while True:
            share = place.users(CALLEE, 100).count("2.0.0")
            if abs(share - percent) <= tolerance:
                return
            assert time.monotonic() < until, f"{share} of 100 where {percent} were wanted"
            place.sleep(0.2)

    def gone(self, place: Place, service: str) -> None:
        place.target.settle(service, None)
        assert place.users(service, 1) == ["nobody"]

    def answered(self, send: Send, path: str = "/") -> str:
        try:
            answer: Answer = send(get(path))
        except NoAnswer:
            return "nobody"
        return answer.body.decode() if answer.status == 200 else str(answer.status)

    def test_a_new_release_runs_beside_and_takes_no_traffic(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            assert len(target.observe(Placement(new))) == 1
            assert self.answered(target.direct(Placement(new), None)) == "2.0.0"
            assert set(place.users(CALLEE, 20)) == {"1.0.0"}
            self.gone(place, CALLEE)

    def test_traffic_moves_by_shares_and_back(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            old = self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            for percent in (10, 50):
                target.shift(new, old, percent)
                self.await_share(place, percent)
            target.shift(new, old, 100)
            self.await_share(place, 100, tolerance=0)
            target.settle(CALLEE, old)
            assert set(place.users(CALLEE, 20)) == {"1.0.0"}
            assert target.observe(Placement(new)) == ()
            self.gone(place, CALLEE)

    def test_what_is_taken_out_of_traffic_runs_on_and_gets_no_traffic(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            old = self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            target.stop_traffic(new, old)
            self.await_ready(place, Placement(new))
            target.shift(new, old, 50)
            self.await_share(place, 50)
            for _ in range(2):
                target.stop_traffic(new, old)
            self.await_share(place, 0, tolerance=0)
            self.await_ready(place, Placement(new))
            target.settle(CALLEE, old)
            assert set(place.users(CALLEE, 20)) == {"1.0.0"}
            self.gone(place, CALLEE)

    def test_settling_twice_is_settling_once(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            old = self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            target.shift(new, old, 100)
            for _ in range(2):
                target.settle(CALLEE, new)
                assert set(place.users(CALLEE, 10)) == {"2.0.0"}
                assert target.observe(Placement(old)) == ()
            for _ in range(2):
                self.gone(place, CALLEE)
            assert target.observe(Placement(new)) == ()

    def test_settling_brings_all_declared_replicas(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            release = self.serving(place, CALLEE, "1.0.0", replicas=2)
            found = target.observe(Placement(release))
            assert [each.condition for each in found] == [Condition.READY] * 2
            assert len({each.name for each in found}) == 2
            self.gone(place, CALLEE)

    def test_the_front_door_can_be_kept_to_one_release(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            old = self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            target.shift(new, old, 50)
            assert {self.answered(target.front(new, None)) for _ in range(5)} == {"2.0.0"}
            assert {self.answered(target.front(old, None)) for _ in range(5)} == {"1.0.0"}
            self.gone(place, CALLEE)

    def test_a_rehearsal_calls_the_new_release_and_serves_nobody(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE), self.locked(target, CALLER):
            self.serving(place, CALLEE, "1.0.0")
            caller = self.serving(place, CALLER, "1.0.0")
            assert self.answered(target.direct(Placement(caller), None), "/call") == "1.0.0"
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            rehearsal = Placement(caller, new)
            target.ensure(rehearsal, 1)
            self.await_ready(place, rehearsal)
            assert self.answered(target.direct(rehearsal, None), "/call") == "2.0.0"
            assert self.answered(target.direct(Placement(caller), None), "/call") == "1.0.0"
            assert len(target.observe(Placement(caller))) == 1
            target.remove(rehearsal)
            assert target.observe(rehearsal) == ()
            self.gone(place, CALLEE)
            self.gone(place, CALLER)

    def test_settling_a_service_clears_its_rehearsals(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE), self.locked(target, CALLER):
            old = self.serving(place, CALLEE, "1.0.0")
            caller = self.serving(place, CALLER, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            target.ensure(Placement(caller, new), 1)
            target.settle(CALLEE, old)
            assert target.observe(Placement(caller, new)) == ()
            assert len(target.observe(Placement(caller))) == 1
            self.gone(place, CALLEE)
            self.gone(place, CALLER)

    def test_clearing_leaves_what_is_kept_and_no_rehearsal(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE), self.locked(target, CALLER):
            old = self.serving(place, CALLEE, "1.0.0")
            caller = self.serving(place, CALLER, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            target.ensure(Placement(caller, new), 1)
            for _ in range(2):
                target.clear(CALLEE, [old, new])
                assert target.observe(Placement(caller, new)) == ()
                assert len(target.observe(Placement(new))) == 1
            for _ in range(2):
                target.clear(CALLEE, [old])
                self.await_seen(place, Placement(new), lambda found: found == ())
            assert len(target.observe(Placement(caller))) == 1
            assert set(place.users(CALLEE, 20)) == {"1.0.0"}
            self.gone(place, CALLEE)
            self.gone(place, CALLER)

    def test_what_cannot_start_fails_and_leaves_evidence(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            broken = self.made(place, CALLEE, "2.0.0", "crashes")
            target.ensure(Placement(broken), 1)
            self.await_seen(
                place,
                Placement(broken),
                lambda found: any(each.condition is Condition.FAILED or each.restarts for each in found),
            )
            evidence: Evidence = target.evidence(Placement(broken))
            assert evidence.events or evidence.logs
            self.gone(place, CALLEE)

    def test_what_is_never_ready_is_unready_and_not_failed(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            slow = self.made(place, CALLEE, "2.0.0", "never ready")
            target.ensure(Placement(slow), 1)
            found = self.await_seen(
                place,
                Placement(slow),
                lambda found: any("503" in each.reason or "never" in each.reason for each in found),
            )
            assert [each.condition for each in found] == [Condition.UNREADY]
            assert found[0].reason
            self.gone(place, CALLEE)

    def test_readiness_may_redirect_to_a_good_answer(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            moved = self.made(place, CALLEE, "2.0.0", "ready elsewhere")
            target.ensure(Placement(moved), 1)
            self.await_ready(place, Placement(moved))
            self.gone(place, CALLEE)

    def test_the_gate_judges_readiness_by_the_same_rule(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            moved = self.serving(place, CALLEE, "2.0.0", mode="ready elsewhere")
            for send in (target.direct(Placement(moved), None), target.front(moved, None)):
                assert send(get("/readyz")).status == 302
                assert as_readiness(send)(get("/readyz")).status == 200
            self.gone(place, CALLEE)

    def test_readiness_that_redirects_to_a_bad_answer_is_none(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            lost = self.made(place, CALLEE, "2.0.0", "ready nowhere")
            target.ensure(Placement(lost), 1)
            found = self.await_seen(
                place,
                Placement(lost),
                lambda found: any("answers" in each.reason or "never" in each.reason for each in found),
            )
            assert [each.condition for each in found] == [Condition.UNREADY]
            self.gone(place, CALLEE)

    def test_records_are_numbered_kept_and_read_back_equal(self, place: Place, target: Target) -> None:
        with self.locked(target, CALLEE):
            first = target.records.create(place.draft(CALLEE, "1.0.0"))
            second = target.records.create(place.draft(CALLEE, "2.0.0"))
            assert second.number == first.number + 1
            step = Step(name="ready", outcome=Outcome.PASS, started=1.0, ended=2.5, detail="after 1.5 s")
            told = Evidence(checks=("a: expected 1, got 2",), logs=("the last line",))
            changed = replace(second, state=State.ROLLED_BACK, reason="it fails", steps=(step,), evidence=told)
            target.records.save(changed)
            assert target.records.releases(CALLEE)[:2] == (changed, first)
            assert CALLEE in target.records.services()
            target.settle(CALLEE, None)

    def test_the_lock_lets_one_in_and_names_who(self, target: Target) -> None:
        holder = Holder("ann@laptop (process 7)", 12.0)
        with target.records.lock(CALLEE, holder):
            assert target.records.holder(CALLEE) == holder
            with pytest.raises(Locked, match="ann@laptop"), self.locked(target, CALLEE):
                pytest.fail("two hold the same lock")
            with self.locked(target, CALLER):
                pass
        assert target.records.holder(CALLEE) is None
        with self.locked(target, CALLEE):
            pass
