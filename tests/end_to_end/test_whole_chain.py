"""The samples on this machine, from a fresh checkout: demo, broken and good versions under load, refusals, stop."""

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Checkout:
    """A fresh copy of the repository, and the command run in it."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def platform(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.python("-m", "oneway.cli.main", *arguments)

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.root, capture_output=True, text=True, timeout=280, check=False
        )

    def status(self) -> dict[str, Any]:
        services = json.loads(self.platform("status", "--format", "json").stdout)["services"]
        return {each["service"]: each for each in services}

    def edit(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1))

    def processes(self) -> list[str]:
        """Command lines of processes that run from this checkout's own folders."""
        listing = subprocess.run(["ps", "-ww", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        return [line for line in listing.splitlines() if f"{self.root}/.platform" in line]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    """The tracked files in a git repository of their own, with the demo run once; everything stopped afterwards."""
    root = tmp_path_factory.mktemp("fresh") / "checkout"
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_bytes((ROOT / name).read_bytes())
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    fresh = Checkout(root)
    try:
        yield fresh
    finally:
        fresh.python("tools/demo_monitor.py", "stop")
        fresh.platform("stop", "--all")


@pytest.fixture(scope="module")
def demo(checkout: Checkout) -> str:
    """What the demo printed."""
    done = checkout.python("tools/demo.py")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Client:
    """Asks for ids in a loop, each request on a connection of its own, and counts what is not a right answer."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.ids: list[int] = []
        self.failures: list[str] = []
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask, daemon=True)

    def __enter__(self) -> "Client":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._stop.is_set():
            try:
                request = urllib.request.Request(f"{self.address}/v1/ids?count=2", method="POST")
                with OPENER.open(request, timeout=5) as answer:
                    ids = [int(each) for each in json.load(answer)["ids"]]
                if len(ids) != 2:
                    self.failures.append(f"{len(ids)} ids")
                self.ids += ids
            except (OSError, ValueError, KeyError) as error:
                self.failures.append(repr(error))


def test_the_demo_ends_with_a_true_sentence(demo: str) -> None:
    true = json.loads((ROOT / "services/caption/testdata/scenes.json").read_text())["scene.jpg"]["sentences"]
    assert any(f"the sentence     {sentence}" in demo for sentence in true)
    assert "probability 0." in demo
    assert "the demo page    http://127.0.0.1:" in demo


def monitor_of(demo: str) -> str:
    """The address of the monitor's page, as the demo printed it."""
    return next(line.split()[-1] for line in demo.splitlines() if "the monitor  " in line)


def test_a_monitor_watches_in_the_background(demo: str) -> None:
    assert monitor_of(demo).startswith("http://127.0.0.1:")
    until, states = time.monotonic() + 60, {"caption": "", "gateway": "", "id": ""}
    while set(states.values()) != {"works"}:
        assert time.monotonic() < until, states
        time.sleep(0.2)
        with OPENER.open(f"{monitor_of(demo)}api/v1/services", timeout=10) as answer:
            states |= {each["service"]: each["state"] for each in json.load(answer)}


def test_a_second_demo_changes_nothing(checkout: Checkout, demo: str) -> None:
    before = {name: each["release"] for name, each in checkout.status().items()}
    done = checkout.python("tools/demo.py")
    assert monitor_of(done.stdout) == monitor_of(demo)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("unchanged") >= 3
    assert {name: each["release"] for name, each in checkout.status().items()} == before


def test_broken_versions_never_serve_and_no_request_fails(checkout: Checkout, demo: str) -> None:
    app, manifest = "services/id/id_service/app.py", "manifests/id.yaml"
    good = (checkout.root / app).read_text()
    checkout.edit(manifest, "  local: {replicas: 1, ", "  local: {health: {startup: {within: 15s}}, replicas: 1, ")
    first = checkout.status()["id"]["running"]
    minor, _, patch = first.rpartition(".")
    later = [f"{minor}.{int(patch) + step}" for step in range(1, 5)]
    breaks = {
        later[0]: ('"""The id service', 'raise SystemExit("no luck")\n"""The id service', "no luck"),
        later[1]: ("ready=issuing.reason", 'ready=lambda: "never"', "not ready: never"),
        later[2]: ("_issue(issuing, count)", "_issue(issuing, 1)", "length(ids): expected 3, got 1"),
    }
    with Client(checkout.status()["id"]["addresses"]["http"]) as client:
        version = first
        for broken, (old, new, reason) in breaks.items():
            (checkout.root / app).write_text(good)
            checkout.edit(app, old, new)
            checkout.edit(manifest, f"version: {version}", f"version: {broken}")
            version = broken
            done = checkout.platform("deploy", "id")
            assert done.returncode == 1, done.stdout + done.stderr
            assert reason in done.stdout + done.stderr
            assert checkout.status()["id"]["running"] == first
        (checkout.root / app).write_text(good + "\n# a change that changes nothing\n")
        checkout.edit(manifest, f"version: {version}", f"version: {later[3]}")
        done = checkout.platform("deploy", "id")
        assert done.returncode == 0, done.stdout + done.stderr
        time.sleep(0.5)
    assert checkout.status()["id"]["running"] == later[3]
    assert client.failures == []
    assert len(client.ids) > 200
    assert len(set(client.ids)) == len(client.ids)
    times = [each >> 22 for each in client.ids]  # two releases answer side by side, each at most 250 ms ahead
    assert all(after - before >= -250 for before, after in pairwise(times))


def test_a_circle_of_calls_is_named_and_never_deployed(checkout: Checkout, demo: str) -> None:
    manifest = checkout.root / "manifests/id.yaml"
    sound = manifest.read_text()
    try:
        manifest.write_text(sound.replace("load:", "calls:\n  - {to: gateway}\nload:", 1))
        check = checkout.platform("check", "--format", "json")
        assert check.returncode == 1
        rings = [each for each in json.loads(check.stdout)["findings"] if each["rule"] == "call-cycle"]
        ring = max(rings, key=lambda each: len(each["related"]))
        files = {(each["file"], each["line"] > 1, each["column"] > 1) for each in ring["related"]}
        assert files == {(f"manifests/{name}.yaml", True, True) for name in ("caption", "gateway", "id")}
        refused = checkout.platform("deploy", "id")
        assert refused.returncode == 1
        assert "call-cycle" in refused.stdout + refused.stderr
    finally:
        manifest.write_text(sound)


def test_monitor_and_smoke_see_what_runs(checkout: Checkout, demo: str) -> None:
    smoke = checkout.platform("smoke", "--format", "json")
    assert smoke.returncode == 0, smoke.stdout
    assert {each["verdict"] for each in json.loads(smoke.stdout)["services"]} == {"pass"}
    watched = checkout.platform("monitor", "--every", "1s", "--rounds", "1", "--listen", "off", "--format", "json")
    assert watched.returncode == 0, watched.stdout
    changes = [json.loads(line) for line in watched.stdout.splitlines()]
    assert {each["service"] for each in changes} == {"caption", "gateway", "id"}
    assert {each["after"] for each in changes} == {"good"}


def test_stop_leaves_no_process_and_no_port(checkout: Checkout, demo: str) -> None:
    ports = [
        int(address.rpartition(":")[2]) for each in checkout.status().values() for address in each["addresses"].values()
    ]
    assert len(ports) == 3
    ports.append(int(monitor_of(demo).rpartition(":")[2].strip("/")))
    assert checkout.processes()
    assert checkout.python("tools/demo_monitor.py", "stop").stdout == "the monitor is stopped\n"
    assert checkout.python("tools/demo_monitor.py", "stop").stdout == "no monitor was running\n"
    done = checkout.platform("stop", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    assert checkout.processes() == []
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    smoke = checkout.platform("smoke", "id")
    assert smoke.returncode == 1
    assert "not running" in smoke.stderr


def test_a_taken_port_is_told_and_avoided(checkout: Checkout, demo: str) -> None:
    port = 8082
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):  # taken by somebody else is taken as well
            taken.bind(("127.0.0.1", port))
            taken.listen()
        done = checkout.platform("deploy", "id")
        assert done.returncode == 0, done.stdout + done.stderr
        address = checkout.status()["id"]["addresses"]["http"]
        assert address != f"http://127.0.0.1:{port}"
        assert str(port) in done.stdout + done.stderr
    assert checkout.platform("stop", "--all").returncode == 0
