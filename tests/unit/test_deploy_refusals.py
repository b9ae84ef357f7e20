"""What stands against a deploy, from records and manifests alone."""

from typing import Any

import pytest

from oneway.deploy.history import last_good, live, rolled_back_contents, unfinished_release
from oneway.deploy.identity import changes, digest_of
from oneway.deploy.refusals import (
    frozen,
    missing_callees,
    same_version,
    taken_back,
    unwanted_by_callers,
)
from oneway.manifest.decode import decode
from oneway.model import Environment, Service
from oneway.targets.base import Outcome, Release, State, Step

RETIRED = (Step(name="retire", outcome=Outcome.PASS, started=1.0, ended=2.0),)


def spec(service: str = "id", version: str = "1.0.0", **fields: Any) -> Service:
    body = {"apiVersion": "oneway/v1", "service": service, "version": version, "owner": "ann", "domain": "works"}
    return decode(body | fields, Service)


def release(number: int, version: str, state: State = State.LIVE, **fields: Any) -> Release:
    values: dict[str, Any] = {
        "content": f"content {version}",
        "digest": f"digest {version}",
        "spec": spec(version=version),
        "committed": float(number) if state is State.LIVE else None,
        "steps": RETIRED if state is State.LIVE else (),
    }
    return Release(
        service="id",
        number=number,
        version=version,
        environment="local",
        author="ann",
        started=1.0,
        state=state,
        **(values | fields),
    )


def test_the_newest_committed_release_is_live() -> None:
    first, failed, second = release(1, "1.0.0"), release(2, "1.1.0", State.ROLLED_BACK), release(3, "1.2.0")
    assert live((failed, first)) == first
    assert live((second, failed, first)) == second
    assert live((failed,)) is None


def test_what_was_stopped_is_not_live_and_the_one_before_it_neither() -> None:
    stopped = release(2, "1.1.0", State.STOPPED, committed=2.0)
    assert live((stopped, release(1, "1.0.0"))) is None


def test_the_way_back_leads_past_equal_and_undone_releases() -> None:
    first, second, third = release(1, "1.0.0"), release(2, "1.1.0"), release(3, "1.2.0")
    assert last_good((third, second, first)) == second
    back = release(4, "1.1.0", undoes=3, restores=2)
    assert last_good((back, third, second, first)) == first
    assert last_good((first,)) is None


@pytest.mark.parametrize("state", [State.UNDER_WAY, State.ROLLING_BACK])
def test_a_cut_off_release_is_found(state: State) -> None:
    cut = release(2, "1.1.0", state)
    assert unfinished_release((cut, release(1, "1.0.0"))) == cut
    assert unfinished_release((release(1, "1.0.0"),)) is None
    assert unfinished_release(()) is None


def test_a_live_release_whose_old_one_is_not_cleared_away_is_unfinished() -> None:
    cut = release(2, "1.1.0", steps=())
    assert unfinished_release((cut, release(1, "1.0.0"))) == cut


def test_one_version_names_one_content() -> None:
    records = (release(1, "1.0.0"),)
    (refusal,) = same_version(spec(), "other content", records)
    assert "deployed with other content (release 1)" in refusal.reason
    assert "raise `version`" in refusal.hint
    assert same_version(spec(), "content 1.0.0", records) == []
    assert same_version(spec(), "other content", (release(1, "1.0.0", State.INTERRUPTED),)) == []


def test_what_was_rolled_back_is_refused_until_it_changes_or_somebody_insists() -> None:
    records = (release(2, "1.1.0", State.ROLLED_BACK, reason="its check failed"), release(1, "1.0.0"))
    (refusal,) = taken_back(spec(version="1.1.0"), "digest 1.1.0", records, again=False)
    assert "was rolled back in release 2: its check failed" in refusal.reason
    assert "--again" in refusal.hint
    assert taken_back(spec(version="1.1.0"), "digest 1.1.0", records, again=True) == []
    assert taken_back(spec(version="1.2.0"), "digest 1.2.0", records, again=False) == []


def test_a_rollback_by_hand_takes_back_what_it_undoes_until_that_is_taken_up_again() -> None:
    first, second = release(1, "1.0.0"), release(2, "1.1.0")
    back = release(3, "1.0.0", undoes=2, restores=1)
    assert set(rolled_back_contents((back, second, first))) == {"digest 1.1.0"}
    again = release(4, "1.1.0")
    assert rolled_back_contents((again, back, second, first)) == {}


def test_required_callees_must_run_or_come_in_a_wanted_version() -> None:
    caller = spec(
        "gate", calls=[{"to": "id", "version": ">=1.0,<2"}, {"to": "hint", "required": False}, {"to": "maps"}]
    )
    refusals, warnings = missing_callees(caller, {}, {}, ["maps"])
    assert [each.reason for each in refusals] == ["gate calls id, which is not running"]
    assert warnings == ["gate calls hint, which is not running; it answers without it, degraded"]
    refusals, _ = missing_callees(caller, {"id": "2.0.0", "hint": "1.0.0"}, {}, ["maps"])
    assert [each.reason for each in refusals] == ["gate calls id, which runs as 2.0.0, and >=1.0,<2 is wanted"]
    assert missing_callees(caller, {"id": "2.0.0", "hint": "1.0.0"}, {"id": "1.5.0"}, ["maps"]) == ([], [])


def test_a_version_that_a_running_caller_does_not_accept_is_refused() -> None:
    gate = Release(
        service="gate",
        number=1,
        version="1.0.0",
        content="c",
        digest="d",
        environment="local",
        author="ann",
        started=1.0,
        spec=spec("gate", calls=[{"to": "id", "version": "<2"}]),
        state=State.LIVE,
        committed=1.0,
    )
    (refusal,) = unwanted_by_callers(spec(version="2.0.0"), [gate], {})
    assert "gate 1.0.0 runs and calls id <2, not 2.0.0" in refusal.reason
    assert unwanted_by_callers(spec(version="1.9.0"), [gate], {}) == []
    assert unwanted_by_callers(spec(version="2.0.0"), [gate], {"gate": "2.0.0"}) == []


def test_a_frozen_environment_says_why() -> None:
    (refusal,) = frozen(["id"], "prod", Environment(target="local", frozen="the fair is on"))
    assert refusal.reason == "prod is frozen: the fair is on"
    assert frozen(["id"], "prod", Environment(target="local")) == []


def test_the_digest_names_what_a_replica_sees_and_nothing_else() -> None:
    plain = digest_of(spec(), "content", "local")
    assert digest_of(spec(summary="Other words", owner="bob", slo={"availability": 99.0}), "content", "local") == plain
    assert digest_of(spec(rollout={"bake": "1s"}), "content", "local") == plain
    assert digest_of(spec(env={"LEVEL": "debug"}), "content", "local") != plain
    assert digest_of(spec(), "other", "local") != plain
    assert digest_of(spec(), "content", "prod") != plain


def test_changes_are_told_field_by_field() -> None:
    lines = changes(spec(version="1.1.0", env={"LEVEL": "debug"}), spec(env={"LEVEL": "info"}))
    assert lines == ('env.LEVEL: "info" -> "debug"', 'version: "1.0.0" -> "1.1.0"')
