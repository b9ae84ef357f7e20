"""A few words of Redis' protocol, on the standard library alone."""

import socket
import time
from urllib.parse import unquote, urlsplit

STREAM, GROUP = "orders.placed", "mailers"
PATIENCE = 25.0


class Bus:
    """One connection; `ask` sends a command and returns its answer. RuntimeError when Redis refuses it."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._socket = socket.create_connection((parts.hostname, parts.port or 6379), 5)
        self._file = self._socket.makefile("rb")
        if parts.password:
            self.ask("AUTH", unquote(parts.password))

    def ask(self, *words: object) -> object:
        told = [str(each).encode() for each in words]
        self._socket.sendall(b"*%d\r\n" % len(told) + b"".join(b"$%d\r\n%s\r\n" % (len(each), each) for each in told))
        return self._read()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def _read(self) -> object:
        line = self._file.readline()
        if not line:
            raise ConnectionError("Redis went away")
        kind, rest = line[:1], line[1:-2]
        if kind == b"-":
            raise RuntimeError(rest.decode())
        if kind == b"$":
            return None if rest == b"-1" else self._file.read(int(rest) + 2)[:-2].decode()
        if kind == b"*":
            return None if rest == b"-1" else [self._read() for _ in range(int(rest))]
        return int(rest) if kind == b":" else rest.decode()


def ask(url: str, *words: object) -> object:
    """One command, tried again for as long as Redis is away or still loads what it keeps."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            bus = Bus(url)
            try:
                return bus.ask(*words)
            finally:
                bus.close()
        except (OSError, RuntimeError) as error:
            if time.monotonic() > until or (isinstance(error, RuntimeError) and "LOADING" not in str(error)):
                raise
            time.sleep(0.1)
