"""`platform load` as people type it: what it refuses, what it finds, and that nothing stays behind."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_checkout import ROOT, Checkout
from local_place import eventually

from tools.docs.json_outputs import outputs, used_fields

PROGRAM = (ROOT / "tools/bench/queue_server.py").read_text()
START = ["python", "tiny_service.py", "--workers", "2", "--seconds", "0.1"]
BUILD = {"path": "services/line", "runtime": "python3.11", "start": START}
SMOKE: list[dict[str, Any]] = [{"name": "answers", "request": {"path": "/"}}]
PROD = """\
apiVersion: oneway/v1
platform: trial
owners: {ann: {name: Ann}}
domains: {works: {}}
environments: {local: {target: local}, prod: {target: local, confirm: true}}
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    made = Checkout(tmp_path_factory.mktemp("load"))
    made.write_program("line", "1.0.0", PROGRAM, build=BUILD, smoke=SMOKE, slo={"latency": {"p99": "1500ms"}})
    deployed = made.run("deploy", "line")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    yield made
    assert made.run("stop", "--all").returncode == 0


def test_the_number_is_what_two_workers_can_do_or_there_is_none(checkout: Checkout, tmp_path: Path) -> None:
    """Two workers of 100 ms carry 20 a second, and no more on any machine; a busy one may be said to be the limit."""
    picture = tmp_path / "line.svg"
    told = checkout.run("load", "line", "--seconds", "8", "--format", "json", "-o", str(picture))
    found = json.loads(told.stdout)
    assert found["goal"] == "p99=1.5s,errors=0.1%"
    listed = "platform load SERVICE --format json"
    unused = set(outputs()[listed]["fields"]) - used_fields(listed, found)
    assert not unused or unused == {"rounds[]"}
    assert all(each["memory"] is None or each["memory"] > 1 << 20 for each in found["curve"])
    assert picture.read_text().startswith("<svg")
    assert (told.returncode == 0) == (found["per_replica"] is not None)
    assert (found["per_replica"] is not None) <= (found["limit"] == "service" and found["rounds"] != [])
    assert found["per_replica"] is None or found["per_replica"] < 1.2 * 20
    assert "\r" not in told.stderr


@pytest.mark.parametrize("way", ["release", "front"])
def test_a_cap_is_kept_and_without_a_number_nothing_is_written(checkout: Checkout, way: str) -> None:
    before = (checkout.root / "manifests/line.yaml").read_bytes()
    goal = ["--until", "p99=9s", "--until", "errors=50%"]
    told = checkout.run(
        "load", "line", "--seconds", "5", "--at-most", "4", "--write", "--against", way, "--format", "json", *goal
    )
    found = json.loads(told.stdout)
    assert (told.returncode, found["per_replica"], found["against"]) == (1, None, way)
    assert found["limit"] in ("cap", "time", "machine")
    assert all(each["offered"] <= 4 for each in found["curve"])
    assert (checkout.root / "manifests/line.yaml").read_bytes() == before


def test_ctrl_c_ends_it_at_once(checkout: Checkout) -> None:
    begun = checkout.begin("load", "line", "--seconds", "600")
    assert begun.stdout is not None
    assert begun.stdout.readline().startswith("environment local")
    os.kill(begun.pid, signal.SIGINT)
    assert begun.wait(60) == 130
    assert begun.stdout.read() == ""


def test_a_replica_that_is_started_again_meanwhile_gives_no_number(checkout: Checkout, tmp_path: Path) -> None:
    picture, manifest = tmp_path / "line.svg", checkout.root / "manifests/line.yaml"
    before = manifest.read_bytes()
    begun = checkout.begin("load", "line", "--seconds", "60", "--write", "-o", str(picture))
    assert begun.stdout is not None
    assert begun.stdout.readline().startswith("environment local")
    os.kill(checkout.pid("replicas/line.1.0.pid"), signal.SIGKILL)
    told, _ = begun.communicate(timeout=100)
    assert begun.returncode == 1
    assert "no number: a replica did not stay the same meanwhile (line.1.0 " in told
    assert "no number: a replica did not stay the same meanwhile" in picture.read_text()
    assert manifest.read_bytes() == before
    eventually(lambda: checkout.status("line")["health"] == "healthy")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["lime"], 2, "there is no service lime"),
        ([], 2, "name one service to measure, or say --whole"),
        (["line", "--whole"], 2, "name one service to measure, or say --whole"),
        (["line", "--entry", "line=3"], 2, "name one service to measure, or say --whole"),
        (["line", "--until", "p99=fast"], 2, "'p99=fast': 'fast' is not a duration"),
        (["line", "--until", "speed=3"], 2, "'speed=3' is nothing to measure until"),
        (["line", "--seconds", "1"], 2, "--seconds"),
        (["line", "-o", "line.gif"], 2, "does not end like any picture of a curve"),
        (["--whole", "--entry", "line=x"], 2, "--entry line=x is no load"),
        (["--whole"], 2, "nothing enters this system"),
        (["line", "--env", "nowhere"], 2, "environment nowhere is not declared"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(
    checkout: Checkout, arguments: list[str], status: int, said: str
) -> None:
    told = checkout.run("load", *arguments)
    assert (told.returncode, told.stdout) == (status, "")
    assert said in told.stderr


def test_what_is_not_deployed_and_what_has_nothing_to_ask(tmp_path: Path) -> None:
    made = Checkout(tmp_path)
    made.write_program("line", "1.0.0", PROGRAM, build=BUILD, smoke=SMOKE)
    told = made.run("load", "line")
    assert told.returncode == 1
    assert "line is not running in local" in told.stderr


def test_where_users_may_be_it_wants_leave_and_a_cap(tmp_path: Path) -> None:
    made = Checkout(tmp_path)
    made.write_program("line", "1.0.0", PROGRAM, build=BUILD, smoke=SMOKE)
    (tmp_path / "manifests/platform.yaml").write_text(PROD)
    told = made.run("load", "line", "--env", "prod", "--yes")
    assert (told.returncode, told.stdout) == (2, "")
    assert "prod may have users: --at-most is missing" in told.stderr
    told = made.run("load", "line", "--env", "prod", "--at-most", "5")
    assert "prod may have users: --yes is missing" in told.stderr
    told = made.run("load", "line", "--env", "prod", "--at-most", "5", "--yes")
    assert "line is not running in prod" in told.stderr
