"""What was measured is written where `check` finds it, and reported for people and programs."""

import json
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from oneway.application.keep_measured import keep_measured
from oneway.application.measure_load import Trial, Wanted, rounded
from oneway.application.read_manifests import read_system
from oneway.cli.output.load_report import report_json, report_lines
from oneway.errors import OnewayError
from oneway.model import Check, Measured, Point, Request, Service
from oneway.model.load_mix import Ingredient
from oneway.sweep.goal import Goal
from oneway.sweep.limits import Limit
from oneway.sweep.narrowing import Found
from oneway.sweep.sender import Sender
from oneway.targets.base import Release

PLATFORM = """\
apiVersion: oneway/v1
platform: p
owners: {ann: {backup: bob}, bob: {backup: ann}}
domains: {core: {}}
environments: {local: {target: local}, prod: {target: local}}
"""
HEAD = "apiVersion: oneway/v1\nservice: id\nversion: 1.2.0\nowner: ann\ndomain: core   # down here\n"
MEASURED = Measured(
    service="id",
    version="1.2.0",
    environment="local",
    against="release",
    measured="2026-11-25",
    on="Linux, 2 cores",
    goal="errors=0.1%",
    per_replica=412,
    rounds=(400, 412, 420),
)


def written(root: Path, text: str, measured: Measured = MEASURED) -> str:
    (root / "manifests").mkdir()
    (root / "manifests/platform.yaml").write_text(PLATFORM)
    (root / "manifests/id.yaml").write_text(HEAD + text)
    keep_measured(read_system(root / "manifests", None), measured)
    return (root / "manifests/id.yaml").read_text()


def test_the_number_and_the_measurement_are_kept(tmp_path: Path) -> None:
    assert written(tmp_path, "load: {per_replica: 3}  # guessed\n") == HEAD + "load: {per_replica: 412}  # guessed\n"
    reading = read_system(tmp_path / "manifests", None)
    assert reading.system.measured == {"manifests/measured/id.json": MEASURED}
    assert reading.system.services["id"].load.per_replica == 412


def test_an_environments_own_number_is_the_one_that_changes(tmp_path: Path) -> None:
    text = "load: {per_replica: 3}\nenvironments: {prod: {load: {per_replica: 5}}}\n"
    measured = msgspec.structs.replace(MEASURED, environment="prod")
    assert written(tmp_path, text, measured) == HEAD + text.replace("per_replica: 5", "per_replica: 412")


def test_what_cannot_be_written_leaves_both_files_alone(tmp_path: Path) -> None:
    (tmp_path / "manifests").mkdir()
    (tmp_path / "manifests/measured").write_text("in the way")
    (tmp_path / "manifests/platform.yaml").write_text(PLATFORM)
    (tmp_path / "manifests/id.yaml").write_text(HEAD)
    reading = read_system(tmp_path / "manifests", None)
    with pytest.raises(OnewayError, match="cannot be written"):
        keep_measured(reading, MEASURED)
    assert (tmp_path / "manifests/id.yaml").read_text() == HEAD


def test_check_tells_of_what_is_stale_wherever_it_is_asked(tmp_path: Path) -> None:
    written(tmp_path, "load: {per_replica: 3}\n")
    manifest = tmp_path / "manifests/id.yaml"

    def warnings() -> list[str]:
        command = [sys.executable, "-m", "oneway.cli.main", "check", "--format", "json"]
        told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
        return [each["message"] for each in json.loads(told.stdout)["findings"] if each["rule"] == "measured-stale"]

    assert warnings() == []
    manifest.write_text(manifest.read_text().replace("1.2.0", "1.3.0"))
    assert warnings() == ["id 1.3.0 carries 412/s, says a measurement of id 1.2.0 (2026-11-25)"]


@pytest.mark.parametrize(("rate", "told"), [(1.0, 1.0), (81.127, 81.1), (4127.3, 4130), (0.04567, 0.0457)])
def test_three_digits_are_what_it_is_worth(rate: float, told: float) -> None:
    assert rounded(rate) == told


def trial() -> Trial:
    spec = Service(api_version="oneway/v1", name="id", version="1.2.0", owner="ann", domain="core")
    release = Release(
        service="id",
        number=1,
        version="1.2.0",
        content="",
        digest="",
        spec=spec,
        environment="local",
        author="",
        started=0,
    )
    mix = (Ingredient(Check(name="gives", request=Request(path="/v1/ids", method="POST")), 1.0, False),)
    return Trial(Wanted("id"), release, "local", Goal(((99.0, 0.05),)), mix, 1, Sender((), Goal()))


CURVE = (
    Point(offered=100, answered=99.5, requests=400, p50=0.002, p99=0.004, processor=0.4, memory=50 << 20, held=True),
)


@pytest.mark.parametrize(
    ("rounds", "said"),
    [
        ((81.1, 82.0, 79.9), "found 3 times, within 3% (81.1, 82, 79.9)"),
        ((81.1, 60.0, 79.9), "the rounds lie 26% apart (81.1, 60, 79.9): take it for a rough number"),
        ((81.1,), "found once"),
    ],
)
def test_the_spread_is_told(rounds: tuple[float, ...], said: str) -> None:
    lines = list(report_lines(trial(), Found(Limit.SERVICE, "p99 is 60 ms", rounds, CURVE, 0.002)))
    assert lines[0] == "id 1.2.0 in local, until p99=50ms,errors=0.1%: POST /v1/ids ×1"
    assert lines[2].split() == ["100", "99.5", "2", "ms", "4", "ms", "0%", "0.40", "50", "MB", "0"]
    assert any(said in line for line in lines)
    assert any("requests/s; beyond that p99 is 60 ms" in line for line in lines)


@pytest.mark.parametrize("limit", list(Limit))
def test_without_a_number_it_says_why_and_what_to_do(limit: Limit) -> None:
    found = Found(limit, "p99 is 60 ms", (), CURVE, 0.002)
    *_, why, hint = report_lines(trial(), found)
    assert why.startswith("no number: ")
    assert "(p99 is 60 ms)" in why
    assert hint.startswith("  hint: ")
    told = report_json(trial(), found)
    assert (told["per_replica"], told["limit"], told["rounds"]) == (None, limit.value, [])
