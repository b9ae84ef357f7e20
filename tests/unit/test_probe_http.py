"""The HTTP sender against real sockets on loopback: slow, huge, cut and refused answers."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest

from oneway.probe import NoAnswer, Outgoing, http_sender

LIMIT: Final = 8 << 20


@contextmanager
def serving(respond: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server on a free loopback port that answers one connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            connection, _ = server.accept()
            with connection:
                connection.recv(65536)
                respond(connection)

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(5)


def get(timeout: float = 2.0) -> Outgoing:
    return Outgoing("GET", "/x?y=1", {}, None, timeout)


def test_brings_back_status_headers_and_body() -> None:
    with serving(lambda c: c.sendall(b"HTTP/1.1 302 Found\r\nLocation: /z\r\nContent-Length: 2\r\n\r\nhi")) as url:
        answer = http_sender(url)(get())
    assert (answer.status, answer.headers["location"], answer.body) == (302, ("/z",), b"hi")


def test_a_refused_connection_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(NoAnswer, match="nothing listens there"):
        http_sender(f"http://127.0.0.1:{port}")(get())


def test_a_silent_server_is_given_up() -> None:
    held = threading.Event()
    with serving(lambda c: (held.wait(3), None)[1]) as url:
        with pytest.raises(NoAnswer, match=r"within 0\.2 s"):
            http_sender(url)(get(0.2))
        held.set()


def test_a_cut_connection_says_so() -> None:
    with serving(lambda c: None) as url, pytest.raises(NoAnswer, match="cut"):
        http_sender(url)(get())


def test_an_endless_body_is_bounded_in_size() -> None:
    def pour(connection: socket.socket) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LIMIT + (1 << 20)))
        except OSError:
            return

    with serving(pour) as url, pytest.raises(NoAnswer, match="larger than 8 MiB"):
        http_sender(url)(get(20.0))


def test_a_dripping_body_is_bounded_in_time() -> None:
    stop = threading.Event()

    def drip(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            while not stop.wait(0.05):
                connection.sendall(b"1\r\nx\r\n")
        except OSError:
            return

    with serving(drip) as url:
        with pytest.raises(NoAnswer, match=r"did not end within 0\.3 s"):
            http_sender(url)(get(0.3))
        stop.set()


@pytest.mark.parametrize("value", ["5 €", "naïve", "日本", "plain"])
def test_headers_beyond_latin_1_are_sent_as_utf_8(value: str) -> None:
    received: list[bytes] = []

    def respond(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            connection, _ = server.accept()
            with connection:
                received.append(connection.recv(65536))
                respond(connection)

        threading.Thread(target=accept, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert http_sender(url)(Outgoing("GET", "/caf\u00e9?q=\u20ac%20", {"X-Note": value}, None, 5.0)).status == 200
    assert f"X-Note: {value}".encode() in received[0]
    assert b"GET /caf%C3%A9?q=%E2%82%AC%20 HTTP/1.1" in received[0]


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: ten\r\n\r\n", "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf", "in the middle of the answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "not HTTP|middle of the answer"),
        (b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000 + b"\r\n\r\n", "not HTTP"),
        (b"\x16\x03\x01\x02\x00", "not HTTP|cut"),
    ],
)
def test_what_is_no_http_is_said_in_plain_words(answer: bytes, says: str) -> None:
    with serving(lambda c: c.sendall(answer)) as url, pytest.raises(NoAnswer, match=says) as no_answer:
        http_sender(url)(get(5.0))
    assert "aiohttp" not in str(no_answer.value)
    assert "\n" not in str(no_answer.value)


def test_a_name_that_does_not_exist_says_so() -> None:
    with pytest.raises(NoAnswer, match=r"the name no-such-host\.invalid cannot be resolved"):
        http_sender("http://no-such-host.invalid:80")(get(20.0))


def test_where_tls_is_expected_and_none_is_spoken() -> None:
    with serving(lambda c: c.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as url, pytest.raises(NoAnswer) as said:
        http_sender(url.replace("http:", "https:"))(get(5.0))
    assert "TLS" in str(said.value)
