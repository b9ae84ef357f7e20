"""The commands on this machine, with real processes: what gets through, what is refused, and what is told of it."""

import json
import re
import socket
import sys

import pytest
from local_checkout import Checkout, User
from local_place import PLATFORM, asked, eventually

pytest_plugins = ("given_checkout",)

BROKEN = {"crashes": "exit status 3", "never ready": "503", "wrong": "expected 200, got 500"}


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
    checkout.write(
        "gate",
        "1.0.0",
        calls="id",
        smoke=[
            {"name": "calls the first id", "request": {"path": "/call"}, "expect": {"headers": {}}},
            {"name": "is itself", "request": {"path": "/"}},
        ],
    )
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
    if sys.platform == "linux":
        assert asked(address, "/hoard") == "502"
        eventually(lambda: asked(address) == "1.0.0")
        told = checkout.run("status").stdout
        assert re.search(r"id\.1\.0: started again, for it used \d+ MiB of memory, and its limit is 128 MiB", told)

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
        port_taken = checkout.run("deploy", "id")
        assert port_taken.returncode == 1
        assert f"port {port}, where users find id-http, is taken by another program" in port_taken.stdout
    assert "interrupted" in checkout.run("history", "id").stdout
    assert checkout.run("deploy", "id").returncode == 0
    assert asked(checkout.status()["addresses"]["http"]) == "2.0.0"


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
