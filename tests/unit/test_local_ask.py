"""A health path is asked as the kubelet asks it, and never for longer than it may take."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from oneway.targets.local.processes.ask import NoAnswer, NothingListens, why_not_alive, why_not_good

Answers = Callable[[str], list[bytes]]


@contextmanager
def _served(answers: Answers, pause: float = 0.0) -> Iterator[int]:
    """A server whose answer to a path is these pieces, one after the other."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    threading.Thread(target=answer, args=(connection,), daemon=True).start()

        def answer(connection: socket.socket) -> None:
            with connection, suppress(OSError):
                path = connection.recv(65536).decode().split(" ")[1]
                for piece in answers(path):
                    connection.sendall(piece)
                    time.sleep(pause)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


def _status(status: int, *headers: str, body: str = "") -> list[bytes]:
    lines = [f"HTTP/1.1 {status} X", *headers, f"Content-Length: {len(body)}", "", body]
    return ["\r\n".join(lines).encode()]


@pytest.mark.parametrize("status", [200, 204, 299, 301, 302, 304, 307, 399])
def test_from_200_to_399_is_good(status: int) -> None:
    with _served(lambda path: _status(status)) as port:
        assert why_not_good(port, "/readyz", 5) == ""


@pytest.mark.parametrize("status", [400, 404, 429, 500, 503])
def test_from_400_is_not_and_what_it_says_is_told(status: int) -> None:
    with _served(lambda path: _status(status, body="no database")) as port:
        assert why_not_good(port, "/readyz", 5) == f"/readyz answers {status} no database"


def test_a_redirect_on_the_replica_itself_is_followed() -> None:
    answers = {"/readyz": _status(302, "Location: /ready/?deep=1"), "/ready/?deep=1": _status(503, body="not yet")}
    with _served(answers.__getitem__) as port:
        assert why_not_good(port, "/readyz", 5) == "/readyz answers 503 not yet"


@pytest.mark.parametrize("location", ["http://login.example.com/", "https://127.0.0.1/", "http://[", "//elsewhere/x"])
def test_a_redirect_elsewhere_is_an_answer(location: str) -> None:
    with _served(lambda path: _status(302, f"Location: {location}")) as port:
        assert why_not_good(port, "/readyz", 5) == ""


def test_redirects_in_a_circle_end() -> None:
    with _served(lambda path: _status(302, "Location: /readyz")) as port:
        assert why_not_good(port, "/readyz", 5) == "/readyz redirects more than 10 times"


@pytest.mark.parametrize(
    "pieces",
    [
        [b""] * 10_000,
        [b"H", b"T", b"T"] + [b"x"] * 10_000,
        [b"HTTP/1.1 200 OK\r\n"] + [b"X-Drip: 1\r\n"] * 90,
        [b"HTTP/1.1 500 X\r\nContent-Length: 100\r\n\r\n"] + [b"x"] * 90,
    ],
    ids=["silence", "status", "headers", "body"],
)
def test_an_answer_that_drips_is_over_in_time(pieces: list[bytes]) -> None:
    with _served(lambda path: pieces, pause=0.1) as port:
        assert why_not_good(port, "/readyz", 0.5) == "/readyz gives no answer within 0.5 s"


def test_what_is_no_http_is_told() -> None:
    with _served(lambda path: [b"SSH-2.0-x\r\n"]) as port:
        assert why_not_good(port, "/readyz", 5).startswith("/readyz gives no answer: ")


def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(NothingListens):
        why_not_good(port, "/readyz", 1)


@pytest.mark.parametrize("status", [429, 503])
def test_who_says_that_it_is_asked_too_much_for_now_is_alive_but_not_ready(status: int) -> None:
    with _served(lambda path: _status(status, "Retry-After: 1", body="busy")) as port:
        assert why_not_alive(port, "/livez", 5) == ""
        assert why_not_good(port, "/livez", 5) == f"/livez answers {status} busy"


@pytest.mark.parametrize(
    "answer", [_status(503, body="broken"), _status(500, "Retry-After: 1", body="broken"), _status(404, body="broken")]
)
def test_who_says_that_it_is_broken_is_not_alive(answer: list[bytes]) -> None:
    with _served(lambda path: answer) as port:
        assert why_not_alive(port, "/livez", 5).endswith(" broken")


def test_silence_is_told_from_an_answer() -> None:
    with _served(lambda path: []) as port, pytest.raises(NoAnswer, match="/livez gives no answer: "):
        why_not_alive(port, "/livez", 5)
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(NoAnswer, match=r"no answer within 0\.2 s"):
        why_not_alive(server.getsockname()[1], "/livez", 0.2)
