"""`platform monitor` over what is deployed here: one stop, one post; the checks of what is live; a clean end."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from local_checkout import Checkout
from webhook_receiver import hook

from oneway.monitor.watch_memory import Memory

pytest_plugins = ("given_checkout",)


def wait_for(condition: Any, what: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.1)


@contextmanager
def monitor(checkout: Checkout, *arguments: str) -> "Iterator[subprocess.Popen[str]]":
    process = checkout.begin("monitor", "--listen", "off", "--format", "json", *arguments)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


@pytest.mark.timeout(240)
def test_a_stop_makes_exactly_one_post_and_sigterm_a_clean_end(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id")
    assert checkout.run("deploy", "--all").returncode == 0
    with hook() as (url, got):
        platform = checkout.root / "manifests/platform.yaml"
        platform.write_text(f"{platform.read_text()}monitoring: {{every: 1s, fail_after: 2, webhook: '{url}'}}\n")
        with monitor(checkout) as process:
            assert process.stdout is not None
            first = {json.loads(process.stdout.readline())["service"] for _ in range(2)}
            assert first == {"id", "gate"}
            assert checkout.run("stop", "id").returncode == 0
            wait_for(lambda: bool(got), "the stop is told")
            while json.loads(process.stdout.readline())["service"] != "gate":
                continue
            time.sleep(3)
        assert [(each["kind"], each["cause"], each["blocked"]) for each in got] == [("opened", "id", ["gate"])]
        assert got[0]["owner"]["id"] == "ann"
        assert process.returncode == 1, "gate was failing at the end"

        assert checkout.run("up", "id").returncode == 0
        with monitor(checkout):
            wait_for(lambda: len(got) == 2, "the next monitor tells the end")
        assert (got[1]["kind"], got[1]["incident"]) == ("resolved", got[0]["incident"])


@pytest.mark.timeout(240)
def test_once_looks_at_everything_and_names_the_cause(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id")
    assert checkout.run("deploy", "--all").returncode == 0
    good = checkout.run("monitor", "--once")
    assert good.returncode == 0, good.stderr
    assert "works  answers" in good.stdout
    assert checkout.run("stop", "id").returncode == 0
    bad = checkout.run("monitor", "--once", "--format", "json")
    assert bad.returncode == 1
    states = {each["service"]: each["words"] for each in json.loads(bad.stdout)["services"]}
    assert states == {"gate": "blocked by id", "id": "stopped by hand"}


def _looks(memory: Memory) -> int:
    return sum(each["looks"] for each in memory.history("id", 60, 0.0))


@pytest.mark.timeout(240)
def test_a_deploy_that_changes_answer_and_check_together_pages_nobody(checkout: Checkout) -> None:
    def check(version: str) -> list[dict[str, Any]]:
        return [
            {"name": "version", "request": {"path": "/"}, "expect": {"headers": {"content-length": str(len(version))}}}
        ]

    checkout.write("id", "1.0.0", smoke=check("1.0.0"))
    assert checkout.run("deploy", "id").returncode == 0
    with hook() as (url, got):
        platform = checkout.root / "manifests/platform.yaml"
        platform.write_text(f"{platform.read_text()}monitoring: {{every: 5s, fail_after: 1, webhook: '{url}'}}\n")
        with monitor(checkout) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["after"] == "good"
            checkout.write("id", "10.0.0", smoke=check("10.0.0"))
            assert checkout.run("deploy", "id").returncode == 0
            memory = Memory(checkout.root / ".platform/monitor.db")
            before = _looks(memory)
            wait_for(lambda: _looks(memory) >= before + 3, "three looks at the new release")
        assert got == []
        assert process.returncode == 0


@pytest.mark.timeout(300)
def test_a_service_that_is_killed_and_brought_back_is_told_of_and_one_restarted_by_hand_is_not(
    checkout: Checkout,
) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    with hook() as (url, got):
        platform = checkout.root / "manifests/platform.yaml"
        platform.write_text(f"{platform.read_text()}monitoring: {{every: 1s, fail_after: 20, webhook: '{url}'}}\n")
        with monitor(checkout) as process:
            assert process.stdout is not None
            assert json.loads(process.stdout.readline())["after"] == "good"
            (pid,) = (
                int(each.read_text().split()[0]) for each in (checkout.root / ".platform/replicas").glob("id.*.pid")
            )
            os.kill(pid, signal.SIGKILL)
            wait_for(lambda: bool(got), "it is told")
            memory = Memory(checkout.root / ".platform/monitor.db")
            assert checkout.run("restart", "id").returncode == 0
            before = _looks(memory)
            wait_for(lambda: _looks(memory) >= before + 5, "five looks after the restart by hand")
    assert [(each["kind"], each["service"]) for each in got] == [("notice", "id")]
    assert "started again after it had ended (1 in all)" in got[0]["state"]
