"""A user sees: a process that hangs, or was stopped, stays so for ever, though `health.live` is declared."""

import os
import signal

import pytest
from local_checkout import Checkout
from local_place import asked, eventually
from small_server import SERVER

pytest_plugins = ("given_checkout",)
HEALTH = {
    "startup": {"path": "/readyz", "within": "10s"},
    "ready": "/readyz",
    "live": "/livez",
    "liveness": {"every": "200ms", "within": "1s", "failures": 2},
}
DEADLOCKED = f"""{SERVER}
lock = threading.Lock()

def answer(path):
    if path == "/stick":
        lock.acquire()
    with lock:
        return 200, str(os.getpid())

serve()
"""


@pytest.mark.timeout(240)
def test_a_deadlocked_process_is_started_again_and_status_counts_it(checkout: Checkout) -> None:
    checkout.write_program("id", "1.0.0", DEADLOCKED, health=HEALTH)
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    first = asked(address)
    asked(address, "/stick", timeout=1)
    eventually(lambda: asked(address, timeout=2) not in (first, "nobody"))
    eventually(lambda: checkout.status()["replicas"][0]["condition"] == "ready")
    (replica,) = checkout.status()["replicas"]
    assert replica["restarts"] == 1
    assert replica["reason"] == "started again, for /livez gives no answer within 1 s, 2 times in a row"


@pytest.mark.timeout(240)
def test_a_process_that_was_stopped_by_a_signal_is_started_again(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", health=HEALTH, replicas=2)
    assert checkout.run("deploy", "id").returncode == 0
    pid = checkout.pid("replicas/id.1.1.pid")
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: checkout.pid("replicas/id.1.1.pid") != pid)
    eventually(lambda: checkout.status()["health"] == "healthy")
    assert [each["restarts"] for each in checkout.status()["replicas"]] == [0, 1]


@pytest.mark.timeout(240)
def test_it_goes_on_where_the_watch_itself_is_killed_and_ends_with_stop(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", health=HEALTH)
    assert checkout.run("deploy", "id").returncode == 0
    watch = checkout.pid("replicas/oneway-watch.pid")
    os.kill(watch, signal.SIGKILL)
    eventually(lambda: checkout.pid("replicas/oneway-watch.pid") != watch)
    pid = checkout.pid("replicas/id.1.0.pid")
    os.kill(pid, signal.SIGSTOP)
    eventually(lambda: checkout.pid("replicas/id.1.0.pid") != pid)
    watch = checkout.pid("replicas/oneway-watch.pid")
    assert checkout.run("stop", "--all").returncode == 0
    with pytest.raises(ProcessLookupError):
        os.kill(watch, 0)
