"""What was deployed on this machine goes on, comes back and stops, whatever was killed, with real processes."""

import json
import os
import re
import signal
import socket
import time
from typing import Any

import pytest
from local_checkout import Checkout
from local_place import asked

from oneway.store import Database, SqliteRecords
from oneway.targets.base import Holder
from oneway.targets.local.processes import launch
from oneway.targets.local.state.ledger import Ledger, is_free

pytest_plugins = ("given_checkout",)

KEPT = ("supervisor/supervisord.pid", "replicas/id.1.0.pid", "replicas/oneway-caddy.pid")


@pytest.mark.timeout(240)
@pytest.mark.parametrize("moment", ["begin ready", "end shift 50%", "begin retire"])
def test_the_tool_is_killed_and_up_puts_it_right(checkout: Checkout, moment: str) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    checkout.write("id", "2.0.0")
    tool = checkout.begin("deploy", "id", "--format", "json")
    assert tool.stdout is not None
    for line in tool.stdout:
        event = json.loads(line)
        if f"{event['kind']} {event['step']}" == moment:
            break
    tool.kill()
    tool.communicate()
    told = checkout.run("status")
    assert "release 2 (2.0.0) was cut off" in told.stdout
    assert "platform up" in told.stdout
    assert checkout.run("up").returncode == 0
    end = checkout.status()
    wanted = "2.0.0" if moment == "begin retire" else "1.0.0"
    assert (end["running"], end["health"], end["unfinished"]) == (wanted, "healthy", None)
    assert {asked(end["addresses"]["http"]) for _ in range(10)} == {wanted}
    assert len(end["replicas"]) == 1


@pytest.mark.timeout(240)
def test_everything_comes_back_after_kills_and_after_a_reboot(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", replicas=2)
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]

    os.kill(checkout.pid("replicas/id.1.0.pid"), signal.SIGKILL)
    os.kill(checkout.pid("replicas/oneway-caddy.pid"), signal.SIGKILL)
    _await(lambda: checkout.status()["health"] == "healthy" and asked(address) == "1.0.0")
    assert sum(each["restarts"] for each in checkout.status()["replicas"]) == 1

    os.kill(checkout.pid("supervisor/supervisord.pid"), signal.SIGKILL)
    told = checkout.run("status")
    assert told.returncode == 1
    assert "supervisord is not running: what still runs goes on" in told.stdout
    assert "platform up" in told.stdout
    assert asked(address) == "1.0.0", "what ran goes on without its keeper"
    unkept = checkout.status()
    assert unkept["health"] == "degraded"
    assert [each["condition"] for each in unkept["replicas"]] == ["ready", "ready"]
    assert checkout.run("up").returncode == 0
    assert checkout.status()["health"] == "healthy"

    for kind in (
        "supervisor/supervisord.pid",
        "replicas/id.1.0.pid",
        "replicas/id.1.1.pid",
        "replicas/oneway-caddy.pid",
    ):
        os.kill(checkout.pid(kind), signal.SIGKILL)
    assert asked(address) == "nobody"
    assert checkout.run("up").returncode == 0
    assert asked(address) == "1.0.0"


@pytest.mark.timeout(240)
def test_what_was_stopped_stays_stopped_until_somebody_asks_for_it(checkout: Checkout) -> None:
    for version in ("1.0.0", "2.0.0"):
        checkout.write("id", version)
        assert checkout.run("deploy", "id").returncode == 0
    assert "say --all" in checkout.run("stop").stderr, "nobody stops everything by leaving a name out"
    assert checkout.status()["health"] == "healthy"
    assert checkout.run("stop", "id").returncode == 0
    told = checkout.run("status").stdout
    assert re.search(r"id +2\.0\.0 +stopped", told)
    assert "`platform up --all` starts again what was stopped" in told
    left = checkout.run("up")
    assert left.returncode == 0
    assert "2.0.0 was stopped by hand: `platform up id` starts it again" in left.stdout
    assert checkout.status()["health"] == "stopped"
    assert "2.0.0 serves" in checkout.run("up", "id").stdout
    assert asked(checkout.status()["addresses"]["http"]) == "2.0.0"
    assert checkout.run("stop", "id").returncode == 0
    assert "2.0.0 serves" in checkout.run("up", "--all").stdout
    assert checkout.run("stop", "id").returncode == 0
    assert "`platform up id`" in checkout.run("rollback", "id", "--to", "2").stderr
    back = checkout.run("rollback", "id")
    assert back.returncode == 0, back.stdout + back.stderr
    assert asked(checkout.status()["addresses"]["http"]) == "1.0.0"
    assert "was rolled back in release" in checkout.run("deploy", "id").stderr


@pytest.mark.timeout(240)
def test_a_service_without_a_manifest_is_told_until_it_is_stopped(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id")
    assert checkout.run("deploy", "--all").returncode == 0
    (checkout.root / "manifests/gate.yaml").unlink()
    told = checkout.run("status").stdout
    assert "gate: no manifest declares it any more: `platform stop gate` ends it" in told
    assert [checkout.status(name)["declared"] for name in ("gate", "id")] == [False, True]
    assert checkout.run("stop", "gate").returncode == 0
    assert "gate" not in checkout.run("status").stdout
    assert "gate" in checkout.run("status", "gate").stdout
    assert "stopped" in checkout.run("history", "gate").stdout
    assert checkout.run("stop", "id").returncode == 0
    back = checkout.run("up", "--all")
    assert back.returncode == 0
    assert "id    1.0.0 serves" in back.stdout
    assert "gate  1.0.0 was stopped by hand" in back.stdout
    assert "1.0.0 serves" in checkout.run("up", "gate").stdout


@pytest.mark.timeout(240)
def test_a_replica_without_its_program_is_a_fault_of_its_service_alone_once_nobody_is_at_work(
    checkout: Checkout,
) -> None:
    for service in ("gate", "id"):
        checkout.write(service, "1.0.0")
    assert checkout.run("deploy", "--all").returncode == 0
    database = Database(checkout.root / ".platform/state.db")
    records = SqliteRecords(database, checkout.root / ".platform/locks")
    with records.lock("id", Holder("ann", time.time())):
        Ledger(database, is_free).add("id", 2, 0, ["http"])
        Ledger(database, is_free).add("gate", 1, 0, ["http"], "id/2")
        assert checkout.run("status").returncode == 0
        assert checkout.status()["faults"] == []
        assert [checkout.status(name)["health"] for name in ("gate", "id")] == ["healthy", "healthy"]
    told = checkout.run("status")
    assert told.returncode == 1
    assert "fault: id.2.0 is not kept by supervisor" in told.stdout
    assert "fault: gate.1.for.id.2 is not kept by supervisor" in told.stdout
    assert [checkout.status(name)["health"] for name in ("gate", "id")] == ["healthy", "degraded"]
    assert checkout.run("up").returncode == 0
    assert checkout.run("status").returncode == 0


@pytest.mark.timeout(240)
@pytest.mark.parametrize("killed", [KEPT[:1], KEPT], ids=["without supervisord", "after a reboot"])
def test_stop_works_on_what_is_left(checkout: Checkout, killed: tuple[str, ...]) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    pids = [checkout.pid(kind) for kind in KEPT]
    for kind in killed:
        os.kill(checkout.pid(kind), signal.SIGKILL)
    done = checkout.run("stop", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert asked(address) == "nobody"
    assert not [pid for pid in pids if launch.start_time(pid)]
    assert checkout.status()["health"] == "stopped"


@pytest.mark.timeout(240)
def test_two_checkouts_share_a_machine_and_stop_leaves_nothing(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = Checkout(tmp_path_factory.mktemp("other"))
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for each, version in ((checkout, "1.0.0"), (other, "3.0.0")):
            each.write("id", version, endpoints=[{"name": "http", "port": port}])
            assert each.run("deploy", "id").returncode == 0
    addresses = [each.status()["addresses"]["http"] for each in (checkout, other)]
    assert len({*addresses, f"http://127.0.0.1:{port}"}) == 3
    assert [asked(each) for each in addresses] == ["1.0.0", "3.0.0"]
    pids = [
        other.pid(kind) for kind in ("supervisor/supervisord.pid", "replicas/id.1.0.pid", "replicas/oneway-caddy.pid")
    ]
    assert other.run("stop", "--all").returncode == 0
    assert [asked(each) for each in addresses] == ["1.0.0", "nobody"]
    assert not [pid for pid in pids if launch.start_time(pid)]
    assert other.status()["health"] == "stopped"


def _await(wanted: Any) -> None:
    until = time.monotonic() + 30
    while not wanted():
        assert time.monotonic() < until, "it did not come back"
        time.sleep(0.3)
