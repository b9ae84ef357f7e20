"""The commands on this machine, with real processes: what gets through, what is refused, and what a crash leaves."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_place import PLATFORM, asked, lay_out, manifest

from oneway.store import Database, SqliteRecords
from oneway.targets.base import Holder
from oneway.targets.local import launch
from oneway.targets.local.ledger import Ledger, is_free

ROOT = Path(__file__).resolve().parents[2]
BROKEN = {"crashes": "exit status 3", "never ready": "503", "wrong": "expected 200, got 500"}
KEPT = ("supervisor/supervisord.pid", "replicas/id.1.0.pid", "replicas/oneway-caddy.pid")


class Checkout:
    """A repository whose services are deployed with the command, as a user would."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, service: str, version: str, mode: str = "good", calls: str = "", **fields: Any) -> None:
        lay_out(self.root, manifest(service, version, calls, env={"MODE": mode}, **fields))
        program = self.root / f"services/{service}/tiny_service.py"
        program.write_text(f"{program.read_text()}# {version}\n")

    def run(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "oneway.cli.main", *arguments], cwd=self.root, capture_output=True, text=True,
            timeout=120, check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "platform"), "COLUMNS": "200"},
        )  # fmt: skip

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "oneway.cli.main", *arguments], cwd=self.root, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "platform")},
        )  # fmt: skip

    def status(self, service: str = "id") -> dict[str, Any]:
        told = json.loads(self.run("status", "--format", "json").stdout)
        return {"faults": told["faults"], **next(each for each in told["services"] if each["service"] == service)}

    def pid(self, kind: str) -> int:
        return int((self.root / ".platform" / kind).read_text().split()[0])


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    made = Checkout(tmp_path)
    yield made
    stopped = made.run("stop", "--all")
    assert stopped.returncode == 0, stopped.stderr


class User:
    """Asks again and again until the test is over; `failures` is what went wrong."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.asked = 0
        self.failures: list[str] = []

    def __enter__(self) -> "User":
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._over.set()
        self._thread.join()

    def _ask(self) -> None:
        while not self._over.wait(0.03):
            answer = asked(self._address)
            self.asked += 1
            if not re.fullmatch(r"\d+\.\d+\.\d+", answer):
                self.failures.append(answer)


@pytest.mark.timeout(240)
def test_broken_versions_are_rolled_back_and_no_user_notices(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    with User(address) as user:
        for number, (mode, said) in enumerate(BROKEN.items()):
            health = {"startup": {"path": "/readyz", "within": "2s"}, "ready": "/readyz"}
            checkout.write("id", f"1.{number + 1}.0", mode, health=health)
            done = checkout.run("deploy", "id")
            assert done.returncode == 1, done.stdout
            assert said in done.stdout
            assert checkout.status()["running"] == "1.0.0"
        checkout.write("id", "2.0.0")
        assert checkout.run("deploy", "id").returncode == 0
        assert asked(address) == "2.0.0"
    assert user.failures == []
    assert user.asked > 50
    told = checkout.run("history", "id").stdout
    assert told.count("rolled back") == 3
    record = checkout.run("history", "id", "--release", "2").stdout
    assert "no such table: users" in record
    assert "ready" in record


@pytest.mark.timeout(240)
def test_deploys_are_refused_with_the_way_out(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id")
    refused = checkout.run("deploy", "gate")
    assert refused.returncode == 1
    assert "gate calls id, which is not running" in refused.stderr
    assert "--with-calls" in refused.stderr
    assert checkout.run("deploy", "gate", "--with-calls").returncode == 0
    assert asked(checkout.status("gate")["addresses"]["http"], "/call") == "1.0.0"

    with (checkout.root / "services/id/tiny_service.py").open("a") as program:
        program.write("# changed\n")
    assert "was deployed with other content" in checkout.run("deploy", "id").stderr

    checkout.write("id", "1.1.0", "wrong")
    assert checkout.run("deploy", "id").returncode == 1
    again = checkout.run("deploy", "id")
    assert again.returncode == 1
    assert "was rolled back in release 2" in again.stderr
    assert "--again" in again.stderr

    unchanged = checkout.run("deploy", "gate")
    assert unchanged.returncode == 0
    assert "unchanged" in unchanged.stdout
    frozen = PLATFORM.replace("local: {target: local}", "local: {target: local, frozen: the fair is on}")
    (checkout.root / "manifests/platform.yaml").write_text(frozen)
    assert "local is frozen: the fair is on" in checkout.run("deploy", "id", "--again").stderr
    assert checkout.run("deploy", "nobody").returncode == 2


@pytest.mark.timeout(240)
def test_a_callee_that_breaks_its_caller_does_not_get_in_and_rollback_by_hand_goes_back(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id", smoke=[
        {"name": "calls the first id", "request": {"path": "/call"}, "expect": {"headers": {}}},
        {"name": "is itself", "request": {"path": "/"}},
    ])  # fmt: skip
    assert checkout.run("deploy", "--all").returncode == 0
    smoke = [{"name": "is ready", "request": {"path": "/readyz"}}]
    checkout.write("id", "1.1.0", "wrong", smoke=smoke)
    broken = checkout.run("deploy", "id")
    assert broken.returncode == 1
    assert "gate would break" in broken.stdout
    checkout.write("id", "1.2.0")
    assert checkout.run("deploy", "id").returncode == 0
    assert checkout.run("diff", "id").stdout.strip() == "what runs is what the manifests and the code say"
    assert checkout.run("rollback", "id").returncode == 0
    assert checkout.status()["running"] == "1.0.0"
    assert "was rolled back" in checkout.run("deploy", "id").stderr
    assert "starting 1.0.0 as good" in checkout.run("logs", "id").stdout


@pytest.mark.timeout(240)
def test_a_replica_gets_the_memory_that_its_manifest_says_where_the_system_can_tell(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", resources={"memory": "64Mi", "limits": {"memory": "128Mi"}})
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    assert asked(address, "/hoard") == ("507" if sys.platform == "linux" else f"{1 << 28} bytes")
    assert asked(address) == "1.0.0"

    checkout.write("id", "1.1.0", resources={"memory": "64Mi", "limits": {"memory": "1Gi"}})
    assert checkout.run("deploy", "id").returncode == 0
    assert asked(address, "/hoard") == f"{1 << 28} bytes"


@pytest.mark.timeout(240)
def test_logs_are_rotated_and_builds_pruned_but_for_the_last_good(checkout: Checkout) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        checkout.write("id", version)
        assert checkout.run("deploy", "id").returncode == 0
    builds = [each for each in (checkout.root / ".platform/builds/id").iterdir() if each.is_dir()]
    assert 2 <= len(builds) < 4
    address = checkout.status()["addresses"]["http"]
    for _ in range(45):
        assert asked(address, "/shout") == "1.3.0"
    logs = list((checkout.root / ".platform/logs/id").glob("id.4.0.log*"))
    assert len(logs) == 4
    assert max(each.stat().st_size for each in logs) <= 12 << 20
    assert checkout.run("rollback", "id").returncode == 0
    assert asked(address) == "1.2.0"


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
def test_what_does_not_start_is_told_with_the_place_where_it_is_edited(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    program = checkout.root / "services/id/tiny_service.py"
    program.write_text(f"{program.read_text()}(\n")
    told = checkout.run("diff")
    assert "a deploy is refused: id 1.0.0 was deployed with other content (release 1)" in told.stdout
    (refusal,) = json.loads(checkout.run("diff", "--format", "json").stdout)["refusals"]
    assert refusal["service"] == "id"
    assert refusal["hint"]
    checkout.write("id", "1.1.0")
    program.write_text(f"{program.read_text()}(\n")
    done = checkout.run("deploy", "id")
    assert done.returncode == 1
    line = len(program.read_text().splitlines())
    assert f'"services/id/tiny_service.py", line {line}' in done.stdout
    assert ".platform/builds" not in done.stdout


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
def test_a_port_that_another_program_took_is_no_fault_of_the_version(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    port = int(checkout.status()["addresses"]["http"].rpartition(":")[2])
    assert checkout.run("stop", "id").returncode == 0
    checkout.write("id", "2.0.0")
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        robbed = checkout.run("deploy", "id")
        assert robbed.returncode == 1
        assert f"port {port}, where users find id-http, is taken by another program" in robbed.stdout
    assert "interrupted" in checkout.run("history", "id").stdout
    assert checkout.run("deploy", "id").returncode == 0
    assert asked(checkout.status()["addresses"]["http"]) == "2.0.0"


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
    assert not [pid for pid in pids if launch.born(pid)]
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
    assert not [pid for pid in pids if launch.born(pid)]
    assert other.status()["health"] == "stopped"


@pytest.mark.timeout(240)
def test_secrets_come_from_a_private_file_and_are_seen_nowhere(
    checkout: Checkout, tmp_path_factory: pytest.TempPathFactory
) -> None:
    secret, path = "open-sesame-4711", tmp_path_factory.mktemp("outside") / "trial.secrets"
    (checkout.root / "manifests").mkdir()
    checkout.write("id", "1.0.0", "crashes", secrets={"TOKEN": {"name": "id-keys", "key": "token"}})
    platform = PLATFORM.replace("{target: local}", f"{{target: local, secrets_file: {path}}}")
    (checkout.root / "manifests/platform.yaml").write_text(platform)
    missing = checkout.run("deploy", "id")
    assert "id wants secrets" in missing.stdout + missing.stderr
    path.write_text(f"[id-keys]\ntoken = {secret}\n")
    path.chmod(0o644)
    checkout.write("id", "1.1.0", "crashes", secrets={"TOKEN": {"name": "id-keys", "key": "token"}})
    assert f"chmod 600 {path}" in checkout.run("deploy", "id").stdout
    path.chmod(0o600)
    for version, mode in (("1.2.0", "crashes"), ("1.3.0", "good")):
        checkout.write("id", version, mode, secrets={"TOKEN": {"name": "id-keys", "key": "token"}})
        done = checkout.run("deploy", "id")
        assert secret not in done.stdout + done.stderr
    assert done.returncode == 0
    assert asked(checkout.status()["addresses"]["http"], "/secret") == secret
    kept = [
        each for each in (checkout.root / ".platform").rglob("*") if each.is_file() and "logs/id/id." not in str(each)
    ]
    assert len(kept) > 10
    assert not [each for each in kept if secret.encode() in each.read_bytes()]


def _await(wanted: Any) -> None:
    until = time.monotonic() + 30
    while not wanted():
        assert time.monotonic() < until, "it did not come back"
        time.sleep(0.3)
