"""Runs one container and lives as long as it does: `python -m oneway.targets.local.containers.container_program FILE`.

Supervisor keeps this as it keeps any replica. What the container calls on this machine's loopback is handed on to it,
on ports of the address by which containers reach this machine. It stands on the standard library alone.
"""

import contextlib
import json
import re
import signal
import socket
import subprocess
import sys
import threading
from types import FrameType
from typing import Any

_ADDRESS = re.compile(r"127\.0\.0\.1:([0-9]{1,5})(?![0-9])")
_IP_FREEBIND = 15
_BLOCK = 1 << 16
_STOP_SECONDS = 30


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    _ask(told["engine"], "rm", "--force", told["name"])
    variables = lead_out(told["variables"], told["gateway"], told["relays"])
    command = [*told["run"], *(f"--env={name}={value}" for name, value in variables.items())]
    command += [f"--env={name}" for name in told["secrets"]]
    child = subprocess.Popen(
        [*command, told["image"], *told["start"]], stdin=subprocess.DEVNULL, start_new_session=True
    )

    def stop(number: int, frame: "FrameType | None") -> None:
        threading.Thread(
            target=_ask, args=(told["engine"], "stop", f"--time={_STOP_SECONDS}", told["name"]), daemon=True
        ).start()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    sys.exit(child.wait())


def lead_out(variables: "dict[str, str]", gateway: str, relays: bool) -> "dict[str, str]":
    """The variables with the addresses by which a container reaches what they name on this machine's loopback."""
    ports = sorted({int(port) for value in variables.values() for port in _ADDRESS.findall(value)})
    led = {port: hand_on(gateway, port) if relays else port for port in ports}
    return {
        name: _ADDRESS.sub(lambda found: f"{gateway}:{led[int(found[1])]}", value) for name, value in variables.items()
    }


def hand_on(gateway: str, port: int) -> int:
    """Hand connections to a port of the gateway on to that one of the loopback; the port."""
    listener = socket.socket()
    # The bridge is made with the first container that is on it.
    with contextlib.suppress(OSError):
        listener.setsockopt(socket.IPPROTO_IP, _IP_FREEBIND, 1)
    listener.bind((gateway, 0))
    listener.listen(128)
    threading.Thread(target=_accept, args=(listener, port), daemon=True).start()
    return int(listener.getsockname()[1])


def _accept(listener: socket.socket, port: int) -> None:
    while True:
        inner, _ = listener.accept()
        threading.Thread(target=_join, args=(inner, port), daemon=True).start()


def _join(inner: socket.socket, port: int) -> None:
    try:
        outer = socket.create_connection(("127.0.0.1", port), 10)
    except OSError:
        inner.close()
        return
    outer.settimeout(None)
    back = threading.Thread(target=_pump, args=(outer, inner), daemon=True)
    back.start()
    _pump(inner, outer)
    back.join()
    inner.close()
    outer.close()


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while block := source.recv(_BLOCK):
            target.sendall(block)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


def _ask(*words: str) -> Any:
    with contextlib.suppress(OSError):
        subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=False)


if __name__ == "__main__":
    main(sys.argv[1])
