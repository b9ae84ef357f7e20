"""`platform dev`: services from the working tree, again with every change, the rest as released, and nothing left."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from local_checkout import ROOT, Checkout
from local_place import asked, eventually

pytest_plugins = ("given_checkout",)

SAYS = """\
import http.server, os, signal, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        print("asked for", self.path, flush=True)
        body = b"WORD"
        self.send_response(200); self.send_header("Content-Length", str(len(body))); self.end_headers()
        self.wfile.write(body)
    def log_message(self, *words): pass
server = http.server.ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
print("WORD begins", flush=True)
server.serve_forever()
"""


class Dev:
    """The command as somebody has it open, and what it has printed so far."""

    def __init__(self, checkout: Checkout, *arguments: str) -> None:
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-u", "-m", "oneway.cli.main", "dev", *arguments],
            cwd=checkout.root,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT / "platform")},
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.said.extend(iter(self.process.stdout.readline, ""))

    def has_said(self, words: str, times: int = 1) -> bool:
        assert self.process.poll() is None, "".join(self.said)
        return sum(words in line for line in self.said) >= times

    def end(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        code = self.process.wait(120)
        self._reader.join(30)
        return code


def supervisors(root: Path) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(root).encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="without /proc nobody tells what runs")
@pytest.mark.timeout(600)
def test_each_change_runs_and_nothing_is_left(checkout: Checkout) -> None:
    checkout.write_program("web", "1.0.0", SAYS.replace("WORD", "one"))
    dev = Dev(checkout, "web")
    try:
        eventually(lambda: dev.has_said("web runs from the working tree http://127.0.0.1:"), 120)
        eventually(lambda: dev.has_said("one begins"))
        address = next(line for line in dev.said if "working tree http" in line).split()[-1]
        assert asked(address) == "one"
        assert checkout.status("web")["deployed_by"] is not None
        program = checkout.root / "services/web/tiny_service.py"
        program.write_text(SAYS.replace("WORD", "two"))
        eventually(lambda: asked(address) == "two", 120)
        program.write_text("raise SystemExit('broken')\n")
        eventually(lambda: dev.has_said("web does not run: "), 120)
        eventually(lambda: dev.has_said("broken"))
        program.write_text(SAYS.replace("WORD", "three"))
        eventually(lambda: asked(address) == "three", 120)
        manifest = checkout.root / "manifests/web.yaml"
        sound = manifest.read_text()
        manifest.write_text(sound.replace('"owner"', '"ower"'))
        eventually(lambda: dev.has_said("what runs goes on"), 120)
        manifest.write_text(sound)
        assert asked(address) == "three"
        locked = checkout.run("deploy", "web")
        assert "being deployed by" in locked.stdout + locked.stderr
        assert "platform dev" in locked.stdout + locked.stderr
    finally:
        code = dev.end()
    assert code == 0, "".join(dev.said)
    assert supervisors(checkout.root) == []
    assert asked(address) == "nobody"
    assert list((checkout.root / ".platform/builds/web").glob("[0-9a-f]*")) == []


@pytest.mark.timeout(600)
def test_the_rest_runs_as_released_and_a_release_serves_again_at_the_end(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    checkout.write("gate", "1.0.0", calls="id")
    assert checkout.run("deploy", "--all").returncode == 0
    address = checkout.status("gate")["addresses"]["http"]
    checkout.write_program("gate", "1.0.1", SAYS.replace("WORD", "tree"))
    dev = Dev(checkout, "gate", "--grep", "asked for /needle")
    try:
        eventually(lambda: asked(address) == "tree", 120)
        asked(address, "/hay")
        asked(address, "/needle")
        eventually(lambda: dev.has_said("asked for /needle"))
        assert not dev.has_said("asked for /hay")
        assert asked(checkout.status("id")["addresses"]["http"]) == "1.0.0"
    finally:
        code = dev.end(signal.SIGTERM)
    assert code == 0, "".join(dev.said)
    assert asked(address) == "1.0.0"
    assert [each["name"] for each in checkout.status("gate")["replicas"]] == ["gate.1.0"]


@pytest.mark.timeout(600)
def test_what_a_killed_loop_leaves_is_ended_by_the_next_command(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status("id")["addresses"]["http"]
    checkout.write_program("id", "1.0.1", SAYS.replace("WORD", "tree"))
    dev = Dev(checkout, "id")
    try:
        eventually(lambda: asked(address) == "tree", 120)
    finally:
        dev.end(signal.SIGKILL)
    assert checkout.run("up").returncode == 0
    assert asked(address) == "1.0.0"


@pytest.mark.timeout(120)
def test_what_cannot_be_run_so_is_said(checkout: Checkout) -> None:
    checkout.write("id", "1.0.0", environments={"local": {"deploy": False}})
    checkout.write("web", "1.0.0")
    assert "there is no service wbe" in checkout.run("dev", "wbe").stderr
    assert "id is left out of local" in checkout.run("dev", "id").stderr
    assert "--since: 'soon' is not a duration" in checkout.run("dev", "web", "--since", "soon").stderr
    assert "--grep: '(' is not a pattern" in checkout.run("dev", "web", "--grep", "(").stderr
