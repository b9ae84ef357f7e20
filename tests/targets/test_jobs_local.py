"""Jobs, migrations and volumes on this machine, with real processes: the clock, and kill -9 of what runs."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import eventually

pytest_plugins = ["given_checkout"]

JOB: dict[str, Any] = {"kind": "job", "endpoints": [], "smoke": [], "health": {}, "replicas": None}
# Writes a line to its volume, waits where it is told to, and fails where it is told to.
PROGRAM = """
import os, pathlib, sys, time
kept = pathlib.Path(sys.argv[1])
with kept.open("a") as file:
    file.write(os.environ["ONEWAY_VERSION"] + "\\n")
while pathlib.Path(str(kept) + ".wait").exists():
    time.sleep(0.05)
sys.exit("no luck" if "fail" in sys.argv else 0)
"""


def write(checkout: Checkout, version: str, *words: str, **fields: Any) -> Path:
    """A job that was due half an hour ago, next time tomorrow, and keeps what it wrote; where that is."""
    due = time.gmtime(time.time() - 1800)
    command = ["python", "tiny_service.py", "/data/lines", *words]
    jobs = {
        "tick": {"command": command, "schedule": f"{due.tm_min} {due.tm_hour} * * *", "retries": 0, "deadline": "30s"}
    }
    volumes = [{"name": "data", "path": "/data"}]
    body = {**JOB, "jobs": jobs, "volumes": volumes, **fields}
    checkout.write_program("id", version, PROGRAM, **{name: value for name, value in body.items() if value is not None})
    manifest = checkout.root / "manifests/id.yaml"
    manifest.write_text(json.dumps({k: v for k, v in json.loads(manifest.read_text()).items() if v is not None}))
    return checkout.root / ".platform/volumes/id/data/lines"


def make_due(checkout: Checkout) -> None:
    """The clock thinks that it looked before the job was due."""
    mark = checkout.root / ".platform/schedules/id.tick.last"
    mark.write_text(str(time.time() - 3000))


def last(checkout: Checkout) -> dict[str, Any]:
    (job,) = checkout.status()["jobs"]
    return dict(job["last"] or {})


def test_the_clock_starts_what_is_due_and_status_tells_how_it_ended(checkout: Checkout) -> None:
    lines = write(checkout, "1.0.0")
    done = checkout.run("deploy", "id")
    assert done.returncode == 0, done.stdout + done.stderr
    make_due(checkout)
    eventually(lambda: last(checkout).get("state") == "passed")
    assert last(checkout)["by"] == "the clock"
    assert set(lines.read_text().split()) == {"1.0.0"}


def test_a_run_goes_on_without_the_clock_and_one_that_was_killed_is_told(checkout: Checkout) -> None:
    lines = write(checkout, "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    waiting = lines.with_name("lines.wait")
    waiting.touch()
    make_due(checkout)
    eventually(lines.exists)
    os.kill(checkout.pid("replicas/oneway-clock.pid"), signal.SIGKILL)
    assert last(checkout)["state"] == "running"
    refused = checkout.run("run", "id", "tick")
    assert refused.returncode == 1
    assert "runs already, started by the clock" in refused.stderr
    waiting.unlink()
    eventually(lambda: last(checkout)["state"] == "passed")
    waiting.touch()
    by_hand = checkout.begin("run", "id", "tick")
    eventually(lambda: last(checkout)["state"] == "running")
    runs = checkout.root / ".platform/runs/id/tick"
    eventually(lambda: all((each / "outcome.json").exists() for each in runs.iterdir()))
    newest = max(runs.iterdir(), key=lambda each: each.stat().st_mtime)
    os.kill(json.loads((newest / "outcome.json").read_text())["pid"], signal.SIGKILL)
    by_hand.communicate()
    assert by_hand.returncode == 1
    assert last(checkout)["state"] == "cut off"
    assert checkout.status()["health"] == "degraded"


def test_a_run_that_fails_is_told_and_a_new_release_keeps_the_volume(checkout: Checkout) -> None:
    lines = write(checkout, "1.0.0", "fail")
    assert checkout.run("deploy", "id").returncode == 0
    failed = checkout.run("run", "id")
    assert failed.returncode == 1
    assert "no luck" in failed.stdout
    assert (last(checkout)["state"], last(checkout)["reason"]) == ("failed", "it ended with status 1")
    watched = checkout.run("monitor", "--once", "--format", "json")
    (seen,) = json.loads(watched.stdout)["services"]
    assert (watched.returncode, seen["state"], seen["words"]) == (1, "fails", "job tick failed")
    assert seen["jobs"][0]["words"].startswith("failed: it ended with status 1; started ")
    assert "job tick (" in checkout.run("monitor", "--once").stdout
    assert checkout.run("status").returncode == 1
    write(checkout, "2.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    assert checkout.run("run", "id").returncode == 0
    assert lines.read_text().split() == ["1.0.0", "2.0.0"]
    assert checkout.run("stop", "--all").returncode == 0
    assert lines.read_text().split() == ["1.0.0", "2.0.0"]


@pytest.mark.parametrize("then", ["deploy", "up"])
def test_a_tool_killed_in_a_migration_leaves_one_run_of_it(checkout: Checkout, then: str) -> None:
    before = {"command": ["python", "tiny_service.py", "/data/lines"], "within": "60s"}
    lines = write(checkout, "1.0.0", before=before)
    assert checkout.run("deploy", "id").returncode == 0
    waiting = lines.with_name("lines.wait")
    waiting.touch()
    write(checkout, "2.0.0", before=before)
    tool = checkout.begin("deploy", "id")
    eventually(lambda: "2.0.0" in lines.read_text())
    tool.kill()
    tool.communicate()
    waiting.unlink()
    carried = checkout.run(*(("deploy", "id") if then == "deploy" else ("up",)))
    assert carried.returncode == 0, carried.stdout + carried.stderr
    assert lines.read_text().split().count("2.0.0") == 1
    assert checkout.status()["running"] == ("2.0.0" if then == "deploy" else "1.0.0")
