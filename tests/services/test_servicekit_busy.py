"""More callers than a service takes at once: the rest is refused, nobody is kept out for good, and it says it lives."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from service_process import Running, running, until

from servicekit.protocol import OPERATIONS

MOST, ABOVE = 80, 40
GET = b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"


@pytest.fixture
def sample(tmp_path: Path) -> Iterator[Running]:
    """One that may open so few files that it takes MOST connections."""
    code = f"""
import resource, sys
sys.path.append({str(Path(__file__).parent)!r})
resource.setrlimit(resource.RLIMIT_NOFILE, ({MOST + 256}, {MOST + 256}))
from sample_service import app
"""
    (tmp_path / "few_files.py").write_text(code)
    with running("few_files:app", tmp_path / "log", path=tmp_path) as service:
        yield service


def connect(service: Running, stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_connection(("127.0.0.1", service.port), timeout=20))


def ask(connection: socket.socket, request: bytes = GET) -> bytes:
    connection.sendall(request)
    answer = b""
    while not answer.endswith(b"}"):
        answer += (came := connection.recv(65536))
        assert came, answer
    return answer


def get(service: Running, path: str) -> httpx.Response:
    return httpx.get(f"{service.url}{path}", trust_env=False, timeout=20)


@contextmanager
def many_slow(service: Running, many: int) -> Iterator[list[socket.socket]]:
    """So many requests under way, which are answered when their bodies come."""
    with ExitStack() as stack:
        waiting = [connect(service, stack) for _ in range(many)]
        for each in waiting:
            each.sendall(POST + b"bo")
        until(lambda: f"\nhttp_requests_in_flight {many:.1f}\n" in get(service, "/metrics").text)
        yield waiting


@pytest.mark.parametrize("request_", [GET, POST + b"body"])
def test_callers_who_keep_their_connections_idle_keep_nobody_out(sample: Running, request_: bytes) -> None:
    with ExitStack() as stack:
        idle = [connect(sample, stack) for _ in range(MOST + ABOVE)]
        answers = [ask(each, request_) for each in idle]
        assert {each[:15] for each in answers} == {b"HTTP/1.1 200 OK"}
        kept = [each for each, answer in zip(idle, answers, strict=True) if b"connection: close" not in answer]
        assert MOST - 1 <= len(kept) <= MOST
        assert all(each.recv(1) == b"" for each in idle if each not in kept)
        assert [get(sample, path).status_code for path in ("/slow", "/livez", "/readyz")] == [200, 200, 200]
        assert all(ask(each).startswith(b"HTTP/1.1 200") for each in kept)


def test_what_is_too_much_is_refused_and_operators_are_answered_all_the_same(sample: Running) -> None:
    with many_slow(sample, MOST) as waiting:
        refused = get(sample, "/slow")
        assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
        assert "too many requests are under way" in refused.json()["detail"]
        assert {path: get(sample, path).status_code for path in sorted(OPERATIONS)} == dict.fromkeys(OPERATIONS, 200)
        assert get(sample, "/livez/slow").status_code == 503
        assert all(b'"size":4' in ask(each, b"dy").replace(b" ", b"") for each in waiting)
    until(lambda: get(sample, "/slow").status_code == 200)
