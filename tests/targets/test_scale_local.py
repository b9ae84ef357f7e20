"""Replicas of what runs on this machine come and go, by hand and by load, and no user notices."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from local_checkout import Checkout, User
from local_place import asked, eventually

from oneway.targets.local.elastic.elastic_program import PROGRAM, Settings, make_elastic
from oneway.targets.local.elastic.steps import Elastic

pytest_plugins = ("given_checkout",)

BUSY = """\
import http.server, os, threading, time
burn = threading.Event()
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def do_GET(self):
        if self.path == "/burn": burn.set()
        if self.path == "/rest": burn.clear()
        body = b"1.0.0"
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
def work():
    while burn.wait():
        until = time.process_time() + 0.05
        while time.process_time() < until: pass
        time.sleep(0.05)
threading.Thread(target=work, daemon=True).start()
server = http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
server.daemon_threads = False
import signal
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
"""


def replicas(checkout: Checkout) -> int:
    return sum(each["condition"] == "ready" for each in checkout.status("web")["replicas"])


@pytest.mark.timeout(600)
def test_by_hand_until_the_next_release_and_under_load(checkout: Checkout) -> None:
    checkout.write("web", "1.0.0")
    assert "nothing of web serves" in checkout.run("scale", "web", "2").stderr
    assert checkout.run("deploy", "web").returncode == 0
    with User(checkout.status("web")["addresses"]["http"]) as user:
        more = checkout.run("scale", "web", "3")
        assert more.returncode == 0, more.stderr
        assert "web  3 replicas, before 1: until its next release" in more.stdout
        told = checkout.status("web")
        assert (replicas(checkout), told["wanted"], told["health"]) == (3, 3, "healthy")
        assert "web: scaled to 3, where its manifest says 1" in checkout.run("status").stdout
        assert checkout.run("scale", "web", "2").returncode == 0
        assert replicas(checkout) == 2
        assert checkout.run("up", "web").returncode == 0
        assert replicas(checkout) == 2, "what was asked for by hand outlives a repair"
        history = json.loads(checkout.run("history", "web", "--format", "json").stdout)
        assert [(each["before"], each["after"]) for each in history["scalings"]] == [(1, 3), (3, 2)]
        assert "1 -> 3 replicas: by hand" in checkout.run("history", "web").stdout
        checkout.write("web", "1.0.1")
        assert checkout.run("deploy", "web").returncode == 0
        assert replicas(checkout) == 1
    assert user.asked > 20
    assert user.failures == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({}, {"0": "web cannot run with no replica", "1001": "web cannot have 1001 replicas: at most 1000 can run"}),
        ({"scale": {"min": 2, "max": 4}}, {"1": "its manifest allows 2 to 4", "5": "its manifest allows 2 to 4"}),
    ],
)
def test_what_cannot_be_is_refused(checkout: Checkout, fields: dict[str, Any], refused: dict[str, str]) -> None:
    checkout.write("web", "1.0.0", **fields)
    assert checkout.run("deploy", "web").returncode == 0
    for count, told in refused.items():
        done = checkout.run("scale", "web", count)
        assert done.returncode == 2
        assert told in done.stderr


@pytest.mark.timeout(600)
def test_by_load_up_to_what_it_asks_for_and_down_again_when_that_is_over(checkout: Checkout) -> None:
    settings = {"scale": {"min": 1, "max": 3, "cpu": 50}, "resources": {"cpu": "100m"}, "rollout": ROLLOUT}
    checkout.write_program("web", "1.0.0", BUSY, **settings)
    assert checkout.run("deploy", "web").returncode == 0
    address = checkout.status("web")["addresses"]["http"]
    assert f"{PROGRAM}.json" in {path.name for path in (checkout.root / ".platform/replicas").iterdir()}
    # A program of its own does so every 15 seconds; here it is done by a faster one in its place.
    clock = Clock()
    elastic = faster(checkout, clock)
    with User(address) as user:
        assert asked(address, "/burn") == "1.0.0"
        eventually(looking(elastic, lambda: replicas(checkout) == 3), 200)
        checkout.write_program("web", "1.1.0", BUSY, **settings)
        assert checkout.run("deploy", "web").returncode == 0
        assert replicas(checkout) == 3, "a new release starts with as many as the load asked for"
        for _ in range(60):
            asked(address, "/rest")
        clock.leap(301)
        eventually(looking(elastic, lambda: replicas(checkout) == 1), 200)
    assert user.failures == []
    changes = json.loads(checkout.run("history", "web", "--format", "json").stdout)["scalings"]
    assert changes[0]["before"] == 1
    assert changes[0]["after"] in (2, 3)
    assert changes[-1]["after"] == 1
    assert all("50 % is declared" in each["why"] for each in changes)


ROLLOUT = {"interval": "300ms", "bake": "100ms", "within": "60s", "drain": "5s", "judge": {"of": 1}}


class Clock:
    """This machine's, which can be set forward."""

    def __init__(self) -> None:
        self._ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead

    def leap(self, seconds: float) -> None:
        self._ahead += seconds


def faster(checkout: Checkout, clock: Clock) -> Elastic:
    root = checkout.root / ".platform"
    settings = Settings(home=str(root), environment="local", secrets_file=None, hosts=())
    elastic = make_elastic(settings, every=2.0)
    elastic.monotonic = clock
    return elastic


def looking(elastic: Elastic, holds: Callable[[], bool]) -> Callable[[], bool]:
    def look() -> bool:
        elastic.look()
        return holds()

    return look
