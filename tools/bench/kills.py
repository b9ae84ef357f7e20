"""One row of the matrix: a deploy during which something is killed, what is said of it, and what serves in the end."""

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any, Final

from tools.bench.afflictions import empty, fill, move_clock
from tools.bench.checkout import Checkout

FILES: Final = ".platform"
CLOCK: Final = "clock"
CLOCKS: Final = {"clock forth": 1, "clock back": -1}
_PATIENCE: Final = 60.0
_ASKED: Final = 20


@dataclass(frozen=True, slots=True)
class Kill:
    """`victim` is tool, supervisord, caddy, service, disk (it is full) or clock (a day forth or back).

    `moment` is an event of the deploy, as in `begin shift 50%`.

    `fault` is what is wrong with the version; `then` is the command that carries on.
    """

    victim: str
    moment: str
    fault: str = ""
    then: str = "deploy"


@dataclass(frozen=True, slots=True)
class Row:
    """What came of it. `said` is what `status` told right after, `served` the versions that answered in the end."""

    kill: Kill
    said: str
    served: tuple[str, ...]
    live: str
    healthy: bool
    unfinished: bool
    lost: int
    asked: int

    @property
    def good(self) -> bool:
        """Exactly one release serves, it is the one that the records call live, and nothing is left to do."""
        return self.served == (self.live,) and self.healthy and not self.unfinished


def row(checkout: Checkout, kill: Kill) -> Row:
    """Deploy a new version, kill at the moment, look, carry on, look again. A user asks all the time."""
    checkout.change(kill.fault)
    port = int(checkout.status()["addresses"]["http"].rpartition(":")[2])
    tool = checkout.begin("deploy", "id", "--format", "json")
    with User(port) as user:
        _at(tool, kill.moment)
        if kill.victim == "tool":
            tool.kill()
        else:
            strike(checkout, kill.victim)
        tool.communicate(timeout=_PATIENCE)
        said = _said(checkout)
        empty(checkout.root / FILES)
        _carry_on(checkout, kill.then)
    end = _settled(checkout)
    return Row(
        kill, said, versions(port), end["running"], end["health"] == "healthy", end["unfinished"] is not None,
        user.lost, user.asked,
    )  # fmt: skip


def strike(checkout: Checkout, victim: str) -> None:
    """Kill -9 the victim, fill the disk that the tool and everything that it runs write to, or set the clock."""
    files = checkout.root / FILES
    if victim == "disk":
        fill(files)
    elif victim in CLOCKS:
        move_clock(checkout.root.parent / CLOCK, CLOCKS[victim])
    else:
        pids = {
            "supervisord": [files / "supervisor/supervisord.pid"],
            "caddy": [files / "replicas/oneway-caddy.pid"],
            "service": sorted((files / "replicas").glob("id.*.pid"))[:1],
        }[victim]
        for path in pids:
            os.kill(int(path.read_text().split()[0]), signal.SIGKILL)


def versions(port: int) -> tuple[str, ...]:
    """The versions that answer a number of users, each once."""
    return tuple(sorted({version for version in (_ask(port) for _ in range(_ASKED)) if version is not None}))


class User:
    """Somebody who asks for an id again and again, on a new connection each time."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._process: subprocess.Popen[str] | None = None
        self.asked = self.lost = 0

    def __enter__(self) -> "User":
        self._process = subprocess.Popen(
            [sys.executable, "-c", _USER, str(self._port)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return self

    def __exit__(self, *raised: object) -> None:
        if self._process is not None:
            told, _ = self._process.communicate("stop\n", timeout=_PATIENCE)
            self.asked, self.lost = json.loads(told)


_USER: Final = """
import http.client, json, select, sys
asked = lost = 0
while not select.select([sys.stdin], [], [], 0.02)[0]:
    asked += 1
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=15)
        connection.request("POST", "/v1/ids")
        lost += connection.getresponse().status != 200
        connection.close()
    except (OSError, http.client.HTTPException):
        lost += 1
print(json.dumps([asked, lost]))
"""


def _at(tool: "subprocess.Popen[str]", moment: str) -> None:
    """Read the tool's events until the moment has come."""
    assert tool.stdout is not None
    for line in tool.stdout:
        with contextlib.suppress(ValueError, KeyError, TypeError):
            event = json.loads(line)
            if f"{event['kind']} {event['step']}" == moment:
                return
    raise AssertionError(f"the deploy ended and never came to {moment!r}")


def _said(checkout: Checkout) -> str:
    told = checkout.status()
    parts: list[str] = [*told["faults"]]
    if told["unfinished"] is not None:
        parts.append(f"release {told['unfinished']} was cut off")
    return ", ".join(parts) or str(told["health"])


def _carry_on(checkout: Checkout, command: str) -> None:
    done = checkout.platform("up") if command == "up" else checkout.platform("deploy", "id", "--again")
    if done.returncode and command == "up":
        raise AssertionError(f"`up` failed: {done.stdout}{done.stderr}")


def _settled(checkout: Checkout) -> dict[str, Any]:
    """The status, once a replica that was started again has had its moment."""
    until = time.monotonic() + _PATIENCE
    while True:
        told = checkout.status()
        if (told["health"] == "healthy" and not told["faults"]) or time.monotonic() > until:
            return told
        time.sleep(0.5)


def _ask(port: int) -> str | None:
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        connection.request("POST", "/v1/ids")
        answer = connection.getresponse()
        connection.close()
    except (OSError, http.client.HTTPException):
        return "nobody"
    return answer.getheader("X-Version") if answer.status == 200 else str(answer.status)
