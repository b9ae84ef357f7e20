"""A user sees: many callers at once, and the replica that answers them all, one after the other, is started again."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from local_checkout import Checkout
from local_place import PORT, asked, eventually
from small_server import SERVER

pytest_plugins = ("given_checkout",)
LIVENESS = {"every": "1500ms", "within": "400ms", "failures": 2}
HEALTH = {"startup": {"path": "/readyz", "within": "10s"}, "ready": "/readyz", "live": "/livez", "liveness": LIVENESS}
CALLERS = 10
SECONDS = 6.0
ONE_BY_ONE = f"""{SERVER}
from http.server import HTTPServer
Handler.protocol_version = "HTTP/1.0"

def answer(path):
    time.sleep(0.2 * (path == "/work"))
    return 200, str(os.getpid())

HTTPServer.request_queue_size = 64
HTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""
SHEDS = f"""{SERVER}
room = threading.Semaphore(4)
HEADERS["/livez"] = HEADERS["/work"] = {{"Retry-After": "1"}}

def answer(path):
    if not room.acquire(blocking=False):
        return 503, "come again"
    time.sleep(0.2 * (path == "/work"))
    room.release()
    return 200, str(os.getpid())

serve()
"""


@contextmanager
def called(address: str) -> Iterator[None]:
    """Callers who ask again and again as long as the block lasts."""
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            asked(address, "/work", timeout=10)

    callers = [threading.Thread(target=ask) for _ in range(CALLERS)]
    for each in callers:
        each.start()
    try:
        yield
    finally:
        over.set()
        for each in callers:
            each.join()


@pytest.mark.timeout(240)
def test_who_is_merely_busy_goes_on(checkout: Checkout) -> None:
    """One answers users late, one its direct callers, and one tells everybody that it is asked too much."""
    for at, (name, program) in enumerate([("late", ONE_BY_ONE), ("direct", ONE_BY_ONE), ("sheds", SHEDS)]):
        life = LIVENESS | ({"failures": 4} if name == "direct" else {})
        endpoints = [{"name": "http", "port": PORT + at}]
        checkout.write_program(name, "1.0.0", program, health=HEALTH | {"liveness": life}, endpoints=endpoints)
    deployed = checkout.run("deploy", "--all")
    assert deployed.returncode == 0, deployed.stdout + deployed.stderr
    addresses = {name: checkout.status(name)["addresses"]["http"] for name in ("late", "direct", "sheds")}
    started = json.loads((checkout.root / ".platform/replicas/direct.1.0.json").read_text())
    addresses["direct"] = f"http://127.0.0.1:{started['environment']['PORT']}"
    before = {name: checkout.pid(f"replicas/{name}.1.0.pid") for name in addresses}
    with ExitStack() as stack:
        for address in addresses.values():
            stack.enter_context(called(address))
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            time.sleep(0.1)
            assert {name: checkout.pid(f"replicas/{name}.1.0.pid") for name in addresses} == before
    for name in addresses:
        eventually(lambda name=name: checkout.status(name)["health"] == "healthy")  # type: ignore[misc]
        assert [each["restarts"] for each in checkout.status(name)["replicas"]] == [0]
