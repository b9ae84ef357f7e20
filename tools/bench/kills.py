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
# A second's worth, for users ask about forty times a second. Where everybody comes in, or the only replica, is killed,
# some are lost until supervisord has started it again; nobody is lost with the tool, with the disk or with the clock.
_ALLOWED: Final = dict.fromkeys(("supervisord", "caddy", "service"), 40)


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
    """What came of it.

    `said` is what `status` told right after, `ended` the exit status of the deploy (None: it was killed), `carried`
    that of the command that carried on, `served` the versions that answered in the end, `lost` the users' requests.
    """

    kill: Kill
    old: str | None
    new: str
    ended: int | None
    said: str
    carried: int
    served: tuple[str, ...]
    live: str | None
    healthy: bool
    unfinished: bool
    lost: int
    asked: int

    def faults(self) -> list[str]:
        """What is wrong with that; nothing where all is well."""
        judged = {
            "it is not one release that serves": len(self.served) != 1,
            f"the records say {self.live} serves": self.served != (self.live,),
            "it is not healthy": not self.healthy,
            "something is left to do": self.unfinished,
            f"the deploy ended with {self.ended}": self.ended not in self._possible(),
            f"`{self.kill.then}` ended with {self.carried}": self.carried != 0,
            f"{' or '.join(sorted(map(str, self._wanted())))} was to serve": self.live not in self._wanted(),
            "nobody asked": not self.asked,
            f"`status` said nothing of {self._worth_saying()!r}": self._worth_saying() not in self.said,
            f"{self.lost} requests were lost": self.lost > _ALLOWED.get(self.kill.victim, 0),
        }
        return [fault for fault, found in judged.items() if found]

    def _possible(self) -> set[int | None]:
        """Exit statuses of the deploy: a clock that jumps must not stop it, and nothing may look like a bug."""
        if self.kill.victim == "tool":
            return {None}
        return {0} if self.kill.victim in CLOCKS else {0, 1}

    def _wanted(self) -> set[str | None]:
        """What must serve in the end: the new version once it was committed or is deployed again, else the old one."""
        if self.kill.fault:
            return {self.old}
        if self.ended == 0 or self.kill.then == "deploy" or self.kill.moment.endswith(" retire"):
            return {self.new}
        # It is committed between these two.
        return {self.old, self.new} if self.kill.moment == "end bake" else {self.old}

    def _worth_saying(self) -> str:
        # After these two there is nothing left to do but to write that it is done.
        finishing = self.kill.moment in ("end retire", "end roll back")
        if (self.kill.victim == "tool" and not finishing) or (self.kill.victim == "disk" and self.ended):
            return "was cut off"
        return "supervisord" if self.kill.victim == "supervisord" else ""


def row(checkout: Checkout, kill: Kill) -> Row:
    """Deploy a new version, kill at the moment, look, carry on, look again. A user asks all the time."""
    before = checkout.status()
    new = checkout.change(kill.fault)
    port = int(before["addresses"]["http"].rpartition(":")[2])
    tool = checkout.begin("deploy", "id", "--format", "json")
    with User(port) as user:
        at_moment(tool, kill.moment)
        if kill.victim == "tool":
            tool.kill()
        else:
            strike(checkout, kill.victim)
        tool.communicate(timeout=_PATIENCE)
        said = _said(checkout)
        empty(checkout.root / FILES)
        carried = checkout.platform("up") if kill.then == "up" else checkout.platform("deploy", "id", "--again")
    end = _settled(checkout)
    return Row(
        kill,
        before["running"],
        new,
        None if kill.victim == "tool" else tool.returncode,
        said,
        carried.returncode,
        versions(port),
        end["running"],
        end["health"] == "healthy",
        end["unfinished"] is not None,
        user.lost,
        user.asked,
    )


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
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
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


def at_moment(tool: "subprocess.Popen[str]", moment: str) -> None:
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
