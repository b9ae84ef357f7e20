"""Servers on loopback that answer as no server should: each behaviour is a function of the open connection."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

HEAD: Final = b"HTTP/1.1 200 OK\r\n"
Respond = Callable[[socket.socket, threading.Event], None]


def answer(status: int = 200, body: bytes = b"", *fields: str) -> Respond:
    """Answers at once, with the header fields given."""
    lines = "".join(f"{each}\r\n" for each in fields).encode("latin-1")
    head = f"HTTP/1.1 {status} Some reason\r\nContent-Length: {len(body)}\r\n".encode()
    return lambda connection, stop: connection.sendall(head + lines + b"\r\n" + body)


def drip_head(connection: socket.socket, stop: threading.Event) -> None:
    """A new header for ever."""
    connection.sendall(HEAD)
    drip(connection, stop, b"X-More: yes\r\n")


def drip_first_line(connection: socket.socket, stop: threading.Event) -> None:
    """One letter of the first line for ever."""
    connection.sendall(HEAD.strip())
    drip(connection, stop, b"x")


def drip_interim(connection: socket.socket, stop: threading.Event) -> None:
    """One interim answer after the other."""
    drip(connection, stop, b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")


def drip_body(connection: socket.socket, stop: threading.Event) -> None:
    """A body of a known length, byte by byte."""
    connection.sendall(HEAD + b"Content-Length: 100000\r\n\r\n")
    drip(connection, stop, b"x")


def drip_chunks(connection: socket.socket, stop: threading.Event) -> None:
    """A chunk of one byte for ever."""
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    drip(connection, stop, b"1\r\nx\r\n")


def stream_events(connection: socket.socket, stop: threading.Event) -> None:
    """A stream of events, as fast as they are taken."""
    connection.sendall(HEAD + b"Content-Type: text/event-stream\r\nCache-Control: no-cache\r\n\r\n")
    drip(connection, stop, b"data: tick\n\n", pause=0.001)


def say_nothing(connection: socket.socket, stop: threading.Event) -> None:
    """Takes the request and is silent."""
    stop.wait(30)


def pour(connection: socket.socket, stop: threading.Event) -> None:
    """More than anybody reads, at once."""
    connection.sendall(HEAD + b"\r\n" + b"x" * (9 << 20))


def drip(connection: socket.socket, stop: threading.Event, piece: bytes, pause: float = 0.02) -> None:
    """The piece again and again."""
    while not stop.wait(pause):
        connection.sendall(piece)


@contextmanager
def serving(respond: Respond, folder: Path | None = None) -> Iterator[tuple[str, str | None]]:
    """The address of a server, and its socket where it listens in the folder; every connection is answered so."""
    stop = threading.Event()
    with _listening(folder) as server:

        def handle(connection: socket.socket) -> None:
            with connection:
                try:
                    connection.recv(65536)
                    respond(connection, stop)
                except OSError:
                    return

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(connection,), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        try:
            if folder is not None:
                yield "http://localhost", str(folder / "s")
            else:
                yield f"http://127.0.0.1:{server.getsockname()[1]}", None
        finally:
            stop.set()
            server.shutdown(socket.SHUT_RDWR)


def _listening(folder: Path | None) -> socket.socket:
    if folder is None:
        return socket.create_server(("127.0.0.1", 0))
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(str(folder / "s"))
    server.listen()
    return server
