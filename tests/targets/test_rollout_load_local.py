"""`rollout.load` on this machine: a version that carries much less is refused, one that carries the same is not.

The service is a line with a known number of workers that sleep, so that its number is the same on any machine. One that
is too busy to tell is told, and then nothing goes live.
"""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from local_checkout import ROOT
from local_place import asked, lay_out, manifest

from oneway.deploy import Context, Done, Result, live, make_plan
from oneway.deploy.fleet import perform
from oneway.manifest import load
from oneway.model import Measured
from oneway.sweep.machine import describe_machine
from oneway.targets.base import MachineClock, Outcome, Release
from oneway.targets.local.target import LocalTarget, local_target
from oneway.workspace import content_of

PROGRAM = (ROOT / "tools/bench/queue_server.py").read_text()
GOAL = "p99=800ms,errors=0.1%"
BUSY = "too busy to tell"


class Place:
    """A checkout with one service, deployed here with measurements of a few seconds."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir(exist_ok=True)
        self.target: LocalTarget | None = None

    def deploy(self, version: str, workers: int) -> Result:
        """Deploy a version of so many workers, each of which takes 20 ms."""
        start = ["python", "tiny_service.py", "--workers", str(workers), "--seconds", "0.02"]
        build = {"path": "services/line", "runtime": "python3.11", "start": start}
        rollout = {"interval": "300ms", "bake": "100ms", "within": "120s", "judge": {"of": 1}, "load": True}
        slo = {"latency": {"p99": "800ms"}}
        lay_out(self.root, manifest("line", version, build=build, rollout=rollout, slo=slo))
        (self.root / "services/line/tiny_service.py").write_text(f"{PROGRAM}# {version}\n")
        files = [(path.name, path.read_bytes()) for path in sorted((self.root / "manifests").iterdir())]
        system = load(files, "local").system
        if self.target is None:
            self.target = local_target(self.root, system)
            self.target.require()
        context = Context(self.target, MachineClock(), lambda _: None, lambda _: b"", "ann", measure_seconds=5.0)
        plan = make_plan(context, system, ["line"], lambda each: content_of(self.root, each).digest)
        return perform(context, plan.actions[0])

    def releases(self) -> tuple[Release, ...]:
        assert self.target is not None
        return tuple(self.target.records.releases("line"))

    def remember(self, per_replica: float) -> None:
        """Let the last release have been measured on this machine when it was quiet."""
        assert self.target is not None
        last = self.releases()[0]
        measured = Measured(
            service="line",
            version=last.version,
            environment="local",
            against="release",
            measured="2026-11-25",
            on=describe_machine(),
            goal=GOAL,
            per_replica=per_replica,
        )
        self.target.records.save(msgspec.structs.replace(last, measured=measured))

    def load_step(self) -> tuple[Outcome, str]:
        """How the last release's step ended, and what was told."""
        step = next(each for each in self.releases()[0].steps if each.name == "load")
        return step.outcome, step.detail

    def close(self) -> None:
        if self.target is not None:
            self.target.settle("line", None)
            self.target.shut_down()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "line")
    yield made
    made.close()


@pytest.mark.timeout(300)
def test_a_version_that_carries_much_less_is_refused_and_an_equal_one_is_not(place: Place) -> None:
    assert place.deploy("1.0.0", workers=4).done is Done.LIVE
    first = place.releases()[0].measured
    if first is None:
        assert "no number: " in place.load_step()[1]
        place.remember(200.0)
    else:
        assert first.per_replica == pytest.approx(4 / 0.02, rel=0.3)
    equal = place.deploy("1.1.0", workers=4)
    assert equal.done is Done.LIVE or BUSY in equal.reason
    serving = live(place.releases())
    assert serving is not None
    less = place.deploy("1.2.0", workers=2)
    assert less.done is Done.FAILED
    outcome, told = place.load_step()
    assert (outcome is Outcome.FAIL and "it carries less than 80% of the" in told) or BUSY in told
    assert live(place.releases()) == serving
    assert asked(place.target.addresses("line").get("http") if place.target else None) == "done"
