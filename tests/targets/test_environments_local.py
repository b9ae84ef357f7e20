"""Environments on one machine are worlds of their own: what is done in one is not to be noticed in the others."""

import json
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import PLATFORM, asked

from oneway.targets.local.state.home import home_of, neighbours

LOCALS = "environments: {local: {target: local}, staging: {target: local}, trial: {target: local}}\n"


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout with three environments on this machine, of which none runs any more when the test is over."""
    made = Checkout(tmp_path)
    made.write("id", "1.0.0", endpoints=[{"name": "http", "port": 18431}])
    (tmp_path / "manifests/platform.yaml").write_text(PLATFORM.rpartition("environments:")[0] + LOCALS)
    yield made
    for name in ("local", "staging", "trial"):
        stopped = made.run("stop", "--all", "--env", name)
        assert stopped.returncode == 0, stopped.stderr


def told(checkout: Checkout, environment: str) -> dict[str, Any]:
    status = json.loads(checkout.run("status", "--env", environment, "--format", "json").stdout)
    assert status["environment"] == environment
    service: dict[str, Any] = next(each for each in status["services"] if each["service"] == "id")
    return service


@pytest.mark.timeout(240)
def test_one_environment_is_nothing_to_the_others(checkout: Checkout) -> None:
    assert checkout.run("deploy", "id").returncode == 0
    address = told(checkout, "local")["addresses"]["http"]
    checkout.write("id", "2.0.0")
    done = checkout.run("deploy", "id", "--env", "staging")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("environment staging, on this machine\n")
    assert "nothing -> 2.0.0" in done.stdout
    other = told(checkout, "staging")
    assert (told(checkout, "local")["running"], other["running"]) == ("1.0.0", "2.0.0")
    assert (asked(address), asked(other["addresses"]["http"])) == ("1.0.0", "2.0.0")
    assert address != other["addresses"]["http"]
    assert told(checkout, "trial")["health"] == "stopped"
    assert "nothing is deployed in trial" in checkout.run("status", "--env", "trial").stdout

    said = checkout.run("stop", "--all").stdout
    assert "environment local, on this machine" in said
    assert "staging still runs here: `platform stop --all --env staging` stops it" in said
    assert (asked(address), asked(other["addresses"]["http"])) == ("nobody", "2.0.0")
    assert [told(checkout, name)["health"] for name in ("local", "staging")] == ["stopped", "healthy"]
    history = json.loads(checkout.run("history", "id", "--env", "staging", "--format", "json").stdout)
    assert (history["environment"], len(history["releases"])) == ("staging", 1)
    assert checkout.run("up", "id").returncode == 0
    assert told(checkout, "local")["running"] == "1.0.0"


def used(checkout: Path, *environments: str, state: str = "live") -> None:
    """What an earlier version left that had one folder for all environments."""
    (checkout / ".platform").mkdir()
    with closing(sqlite3.connect(checkout / ".platform/state.db")) as made, made:
        made.execute("CREATE TABLE releases (service TEXT, number INTEGER, record BLOB)")
        for number, environment in enumerate(environments):
            record = json.dumps({"environment": environment, "state": state})
            made.execute("INSERT INTO releases VALUES ('id', ?, ?)", (number, record.encode()))


def test_the_first_folder_stays_with_whoever_used_it_alone(tmp_path: Path) -> None:
    used(tmp_path, "staging", "staging")
    for _ in range(2):
        assert home_of(tmp_path, "staging").root == tmp_path / ".platform"
        assert home_of(tmp_path, "local").root == tmp_path / ".platform/worlds/local"
    (tmp_path / ".platform/state.db").unlink()
    assert home_of(tmp_path, "staging").root == tmp_path / ".platform"


@pytest.mark.parametrize("environments", [(), ("local",), ("local", "staging"), ("staging", "trial")])
def test_the_first_folder_is_local_otherwise(tmp_path: Path, environments: tuple[str, ...]) -> None:
    used(tmp_path, *environments)
    assert home_of(tmp_path, "local").root == tmp_path / ".platform"
    assert home_of(tmp_path, "staging").root == tmp_path / ".platform/worlds/staging"
    shutil.rmtree(tmp_path / ".platform")
    assert home_of(tmp_path, "local").root == tmp_path / ".platform"


def test_what_cannot_be_read_leaves_the_first_folder_to_local(tmp_path: Path) -> None:
    used(tmp_path, "staging")
    (tmp_path / ".platform/state.db").write_bytes(b"garbage" * 999)
    assert home_of(tmp_path, "local").root == tmp_path / ".platform"


def test_neighbours_are_those_that_were_used(tmp_path: Path) -> None:
    assert neighbours(tmp_path, "local") == {}
    used(tmp_path, "local")
    home_of(tmp_path, "trial").root.mkdir(parents=True)
    assert sorted(neighbours(tmp_path, "staging")) == ["local", "trial"]
    assert sorted(neighbours(tmp_path, "local")) == ["trial"]
