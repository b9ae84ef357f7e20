"""A user sees: a small service with many threads passes the gate, and answers 502 under load, long before it holds what
its limit allows."""

import sys

import pytest
from local_checkout import Checkout
from local_place import asked, eventually
from small_server import SERVER

pytest_plugins = ("given_checkout",)
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="what a process holds is told by /proc alone")

THREADS = f"""{SERVER}
held = []

def answer(path):
    if path == "/threads":
        for _ in range(40):
            threading.Thread(target=threading.Event().wait, daemon=True).start()
    if path == "/leak":
        held.append(os.urandom(1 << 20) * 100)
    if path == "/hold":
        held.append(os.urandom(1 << 20) * 300)
        time.sleep(5)
    return 200, str(threading.active_count())

serve()
"""
LIMIT = {"memory": "64Mi", "limits": {"memory": "256Mi"}}


@pytest.mark.timeout(240)
def test_stacks_that_nobody_touched_do_not_count(checkout: Checkout) -> None:
    checkout.write_program("id", "1.0.0", THREADS, resources=LIMIT)
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    for _ in range(3):
        assert int(asked(address, "/threads")) > 40
    assert checkout.status()["replicas"][0]["restarts"] == 0


@pytest.mark.timeout(240)
def test_what_is_held_counts_and_status_says_why_it_was_started_again(checkout: Checkout) -> None:
    checkout.write_program("id", "1.0.0", THREADS, resources=LIMIT)
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    for _ in range(3):
        asked(address, "/leak")
    eventually(lambda: checkout.status()["replicas"][0]["restarts"] == 1)
    assert "MiB of memory, and its limit is 256 MiB" in checkout.status()["replicas"][0]["reason"]


@pytest.mark.timeout(240)
def test_the_gate_sees_it_before_users_do(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    smoke = [{"name": "works", "request": {"path": "/hold"}, "expect": {"within": "20s"}}]
    judge = {"interval": "300ms", "bake": "1s", "within": "60s", "judge": {"of": 3}}
    checkout.write_program("id", "2.0.0", THREADS, resources=LIMIT, smoke=smoke, rollout=judge)
    refused = checkout.run("deploy", "id")
    assert refused.returncode == 1
    assert "MiB of memory, and its limit is 256 MiB" in refused.stdout
    assert checkout.status()["running"] == "1.0.0"
