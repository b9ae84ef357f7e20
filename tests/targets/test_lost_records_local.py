"""Records that are lost or broken: never `nothing is deployed` while something serves, and one command forward."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from local_checkout import Checkout
from local_place import asked

pytest_plugins = ["given_checkout"]
DATABASE = ".platform/state.db"


def delete(root: Path) -> None:
    for path in root.glob(f"{DATABASE}*"):
        path.unlink()


def overwrite(content: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def harm(root: Path) -> None:
        with closing(sqlite3.connect(root / DATABASE)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        before = (root / DATABASE).read_bytes()
        delete(root)
        (root / DATABASE).write_bytes(content(before))

    return harm


def make_folder(root: Path) -> None:
    delete(root)
    (root / DATABASE).mkdir()


def forget_all(root: Path) -> None:
    with closing(sqlite3.connect(root / DATABASE)) as opened, opened:
        opened.execute("DELETE FROM releases")
        opened.execute("DELETE FROM replicas")


HARMS: dict[str, Callable[[Path], None]] = {
    "deleted": delete,
    "empty": overwrite(lambda before: b""),
    "zeroes": overwrite(lambda before: bytes(len(before))),
    "half": overwrite(lambda before: before[: len(before) // 2]),
    "garbage": overwrite(lambda before: b"this is no database, whatever its name says" * 200),
    "noise behind the head": overwrite(lambda before: before[:4096] + bytes(range(255)) * (len(before) // 255)),
    "a folder": make_folder,
    "without a row": forget_all,
}


@pytest.mark.timeout(280)
def test_lost_records_are_put_back_and_it_is_said(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    for name, harm in HARMS.items():
        harm(checkout.root)
        told = checkout.run("status")
        assert (told.returncode, "healthy" in told.stdout) == (0, True), f"{name}: {told.stdout}{told.stderr}"
        assert "the records are those of" in told.stderr, name
        assert checkout.run("status").stderr == "", name
    assert asked(address) == "1.0.0"
    assert checkout.run("deploy", "id").stdout.count("unchanged") == 2
    assert checkout.run("repair").stdout.endswith("the records are whole, and nothing runs without one\n")


@pytest.mark.timeout(280)
@pytest.mark.parametrize("lost", ["the records and their copies", "everything"])
def test_what_runs_without_a_record_is_named_and_one_command_leads_on(checkout: Checkout, lost: str) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address, pid = checkout.status()["addresses"]["http"], checkout.pid("replicas/id.1.0.pid")
    if lost == "everything":
        shutil.rmtree(checkout.root / ".platform")
    else:
        delete(checkout.root)
        shutil.rmtree(checkout.root / ".platform/backups")
    for command in (["status"], ["deploy", "id"], ["up"], ["history", "id"], ["stop", "--all"]):
        told = checkout.run(*command)
        assert told.returncode == 1, command
        assert f"id.1.0 (process {pid}) runs without a record" in told.stderr, command
        assert "`platform repair`" in told.stderr, command
    done = checkout.run("repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"id.1.0 (process {pid})" in done.stdout, done.stdout
    assert asked(address) == "nobody"
    told = checkout.run("status")
    assert (told.returncode, "nothing is deployed in local" in told.stdout) == (0, True)
    again = checkout.run("deploy", "id")
    assert again.returncode == 0, again.stdout + again.stderr
    assert asked(checkout.status()["addresses"]["http"]) == "1.0.0"


@pytest.mark.timeout(280)
def test_copies_that_do_not_fit_what_runs_are_for_repair_alone(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    shutil.copytree(checkout.root / ".platform/backups", checkout.root / "older")
    checkout.write("id", "2.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    delete(checkout.root)
    shutil.rmtree(checkout.root / ".platform/backups")
    shutil.move(checkout.root / "older", checkout.root / ".platform/backups")
    told = checkout.run("status")
    assert (told.returncode, "id.2.0" in told.stderr) == (1, True)
    assert asked(address) == "2.0.0"
    done = checkout.run("repair")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "id  1.0.0 serves" in done.stdout
    assert "without a record: it is ended" in done.stdout
    assert (asked(address), checkout.status()["health"]) == ("1.0.0", "healthy")


@pytest.mark.timeout(120)
def test_what_runs_beside_whole_records_is_a_fault(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    with closing(sqlite3.connect(checkout.root / DATABASE)) as opened, opened:
        opened.execute("DELETE FROM replicas")
    told = checkout.run("status")
    assert told.returncode == 1
    assert "fault: id.1.0 (process" in told.stdout
    assert "`platform repair` ends what runs without a record" in told.stdout
    assert checkout.run("repair").returncode == 0
    assert checkout.status()["health"] == "healthy"


@pytest.mark.timeout(120)
def test_a_later_layout_is_said_and_left_alone(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    with closing(sqlite3.connect(checkout.root / DATABASE)) as opened:
        (version,) = opened.execute("PRAGMA user_version").fetchone()
        opened.execute("PRAGMA user_version = 99")
    told = checkout.run("status")
    assert (told.returncode, "has layout 99" in told.stderr) == (1, True)
    with closing(sqlite3.connect(checkout.root / DATABASE)) as opened:
        opened.execute(f"PRAGMA user_version = {version}")
    assert checkout.status()["health"] == "healthy"
