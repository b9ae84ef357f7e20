"""A user sees: a service that sends 103 Early Hints, or 102 Processing, before its answer is never ready."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from oneway.manifest.decode import decode
from oneway.model import Check
from oneway.probe import Verdict, http_sender, run_check
from oneway.targets.local.processes.ask import why_not_good

HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
PROCESSING = b"HTTP/1.1 102 Processing\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
GOOD, BAD = (b"HTTP/1.1 %s\r\nContent-Length: 2\r\n\r\n{}" % status for status in (b"200 OK", b"503 Not yet"))


@contextmanager
def served(answer: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = server.accept()
                    with connection:
                        connection.recv(65536)
                        connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize(
    "before", [HINTS, PROCESSING, CONTINUE, CONTINUE + HINTS * 3], ids=["103", "102", "100", "many"]
)
def test_the_final_answer_counts(before: bytes) -> None:
    check = decode({"name": "answers", "request": {"path": "/"}}, Check)
    with served(before + GOOD) as port:
        assert why_not_good(port, "/readyz", 5) == ""
        assert run_check(check, http_sender(f"http://127.0.0.1:{port}"), lambda _: b"").verdict is Verdict.PASS
    with served(before + BAD) as port:
        assert why_not_good(port, "/readyz", 5) == "/readyz answers 503 {}"
        assert run_check(check, http_sender(f"http://127.0.0.1:{port}"), lambda _: b"").verdict is Verdict.FAIL


def test_an_upgrade_that_nobody_asked_for_is_no_good_answer() -> None:
    with served(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n") as port:
        assert why_not_good(port, "/readyz", 5).startswith("/readyz answers 101")


def test_hints_without_end_are_given_up() -> None:
    with served(HINTS * 1_000) as port:
        assert why_not_good(port, "/readyz", 2).startswith("/readyz gives no answer")
