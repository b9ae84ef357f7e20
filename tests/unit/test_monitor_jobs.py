"""Jobs in the monitor: their last outcome is shown, a bad one is told once, and callers are not concerned."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from watched_services import BAD, GOOD, Call, Given, Watcher, given, release, service, watching

from oneway.model import Job, Platform, System
from oneway.monitor.board import Board
from oneway.monitor.live_survey import Presence, take_survey
from oneway.monitor.live_survey import Survey as Surveyed
from oneway.monitor.states import State, service_state
from oneway.monitor.status_view import service_view, status
from oneway.targets.base import Run, RunState

pytestmark = pytest.mark.timeout(60)
TIDY = {"tidy": Job(command=("tidy",), schedule="0 3 * * *")}


def run(state: RunState, started: float = 1_700_000_000.0, job: str = "tidy", reason: str = "") -> Run:
    ended = None if state is RunState.RUNNING else started + 5
    return Run(job, f"{job}-{started}", 1, state, started, ended, reason, "the clock")


class Site:
    """A target whose tasks are these, and of which nothing else is asked."""

    def __init__(self, found: Given, *runs: Run) -> None:
        self.found, self.listed, self.broken = found, list(runs), False
        self.records = self.tasks = self

    def services(self) -> tuple[str, ...]:
        return tuple(self.found.specs)

    def releases(self, name: str) -> tuple[Any, ...]:
        return (self.found.releases[name],)

    def holder(self, name: str) -> None:
        return None

    def observe(self, placement: object) -> tuple[()]:
        return ()

    def runs(self, name: str) -> list[Run]:
        if self.broken:
            raise OSError("the disk")
        return self.listed


@pytest.mark.parametrize(
    ("listed", "ended"),
    [
        ([], {}),
        ([RunState.RUNNING], {}),
        ([RunState.RUNNING, RunState.FAILED, RunState.PASSED], {"tidy": RunState.FAILED}),
        ([RunState.PASSED, RunState.CUT_OFF], {"tidy": RunState.PASSED}),
    ],
)
def test_of_each_job_the_last_run_that_ended_counts(listed: list[RunState], ended: dict[str, RunState]) -> None:
    with given(service("night", jobs=TIDY)) as found:
        newest_first = [run(state, 1000.0 - at) for at, state in enumerate(listed)]
        site: Any = Site(found, *newest_first, run(RunState.FAILED, 1.0, job="gone"))
        survey = take_survey(site, found.specs, Surveyed())
        assert {job: each.state for job, each in survey.services["night"].runs.items()} == ended
        site.broken = True
        again = take_survey(site, found.specs, survey)
        assert again.services["night"].runs == survey.services["night"].runs, "as it was, where it cannot be seen"


@dataclass
class Night:
    """A service with a job whose runs the test gives, and a caller that needs it, watched."""

    found: Given
    watcher: Watcher

    @property
    def alerts(self) -> list[Mapping[str, Any]]:
        return self.watcher.told.alerts

    def ran(self, last: Run) -> None:
        self.found.runs["night"] = {"tidy": last}


@pytest.fixture
def night() -> Iterator[Night]:
    with given(service("night", jobs=TIDY), service("door", Call(to="night"))) as found, watching(found) as watcher:
        watcher.looks(2)
        yield Night(found, watcher)


def shown(watcher: Watcher) -> tuple[State, str, list[Any]]:
    view = service_view(watcher.board, "night")
    found = service_state(watcher.board, "night")
    return found.state, found.words, [(each["state"], each["words"].partition(";")[0]) for each in view["jobs"]]


def test_a_bad_run_is_told_once_and_its_end_when_the_next_one_passes(night: Night) -> None:
    assert shown(night.watcher) == (State.WORKS, "works", [(None, "has not run yet")])
    night.ran(run(RunState.FAILED, reason="exit status 3"))
    night.watcher.until(lambda: bool(night.alerts), "it is told")
    (alert,) = night.alerts
    assert (alert["kind"], alert["service"], alert["check"]) == ("opened", "night", "job tidy")
    assert alert["reason"].startswith("failed: exit status 3; started ")
    assert (alert["blocked"], alert["degraded"], alert["owner"]["id"]) == ([], [], "ann")
    assert shown(night.watcher) == (State.WORKS, "works; job tidy failed", [("failed", "failed: exit status 3")])
    assert status(night.watcher.board, 0.0, public=True)["services"][0]["jobs"] == []
    night.watcher.looks(3)
    assert len(night.alerts) == 1
    night.ran(run(RunState.PASSED, 1_700_000_900.0))
    night.watcher.until(lambda: len(night.alerts) == 2, "its end is told")
    assert (night.alerts[1]["kind"], night.alerts[1]["incident"]) == ("resolved", alert["incident"])
    assert shown(night.watcher) == (State.WORKS, "works", [("passed", "passed")])


def test_a_bad_run_is_no_excuse_for_who_calls_the_service(night: Night) -> None:
    night.ran(run(RunState.CUT_OFF))
    night.watcher.until(lambda: bool(night.alerts), "the run is told")
    night.found.modes["door"] = BAD
    night.watcher.until(lambda: len(night.alerts) == 2, "the door's own fault is told")
    assert night.alerts[1]["cause"] == "door"
    assert service_state(night.watcher.board, "door").state is State.FAILS
    night.found.modes["door"] = GOOD


@pytest.mark.parametrize(
    ("runs", "state", "words"),
    [
        ({}, State.UNKNOWN, "not every job has run yet"),
        ({"tidy": RunState.PASSED}, State.UNKNOWN, "not every job has run yet"),
        ({"tidy": RunState.PASSED, "send": RunState.PASSED}, State.WORKS, "works"),
        ({"tidy": RunState.PASSED, "send": RunState.FAILED}, State.FAILS, "job send failed"),
        ({"tidy": RunState.CUT_OFF, "send": RunState.FAILED}, State.FAILS, "job send and job tidy failed"),
    ],
)
def test_what_has_jobs_alone_is_as_their_last_runs(runs: dict[str, RunState], state: State, words: str) -> None:
    jobs = {**TIDY, "send": Job(command=("send",), schedule="0 4 * * *")}
    spec = service("night", jobs=jobs)
    last = {job: run(each, job=job) for job, each in runs.items()}
    board = Board(System(Platform(api_version="oneway/v1", name="p"), {}, {}, ""))
    board.survey = Surveyed({"night": Presence("night", spec, release(spec), runs=last)})
    shown = service_state(board, "night")
    assert (shown.state, shown.words) == (state, words)
