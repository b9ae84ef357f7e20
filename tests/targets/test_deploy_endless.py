"""Answers that never end, and what a check misses: the deploy keeps its time, hears a stop, and says what came."""

import signal
import time

import pytest
from local_checkout import Checkout

pytest_plugins = ("given_checkout",)

ENDLESS = {"name": "streams", "request": {"path": "/endless"}}
SHORT = {"interval": "300ms", "bake": "100ms", "within": "4s", "judge": {"of": 3}}


@pytest.mark.timeout(240)
def test_a_rollout_keeps_its_time_whatever_an_answer_does(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", smoke=[ENDLESS], rollout=SHORT)
    done = checkout.run("deploy", "id")
    assert done.returncode == 1, done.stdout
    assert "its rollout is not over within 4s" in done.stdout
    assert "traceback" not in (done.stdout + done.stderr).lower()

    checkout.write("id", "1.1.0", smoke=[{**ENDLESS, "expect": {"head": True}}])
    assert checkout.run("deploy", "id").returncode == 0
    assert "pass  streams" in checkout.run("smoke", "id").stdout


@pytest.mark.timeout(240)
def test_a_deploy_that_waits_for_an_answer_hears_a_stop(checkout: Checkout) -> None:
    slow = {**ENDLESS, "expect": {"within": "5m"}}
    checkout.write("id", "1.0.0", smoke=[slow])
    deploy = checkout.begin("deploy", "id")
    until = time.monotonic() + 60
    while time.monotonic() < until and "smoke" not in checkout.run("history", "id", "--release", "1").stdout:
        time.sleep(0.2)
    deploy.send_signal(signal.SIGTERM)
    deploy.wait(timeout=60)
    assert deploy.returncode != 0
    assert "interrupted" in checkout.run("history", "id").stdout


@pytest.mark.timeout(240)
def test_a_field_that_is_missing_is_said_with_what_came(checkout: Checkout) -> None:
    check = {"name": "has ids", "request": {"path": "/"}, "expect": {"body": {"length(ids)": 3}}}
    checkout.write("id", "1.0.0", smoke=[check])
    program = checkout.root / "services/id/tiny_service.py"
    program.write_text(
        program.read_text().replace(
            '"wrong") if MODE == "wrong" else (200, VERSION)', '"wrong") if MODE == "wrong" else (200, "{}")'
        )
    )
    done = checkout.run("deploy", "id")
    assert done.returncode == 1
    assert "INCONCLUSIVE" not in done.stdout.upper()
    said = "has ids: length(ids): expected 3, got nothing; the body is {}"
    assert [line.strip() for line in done.stdout.splitlines() if said in line] == [
        f"id  smoke       FAILED  {said}",
        f"check  {said}",
    ]
