"""What passes a front door for longer than a moment: upgraded connections, event streams, uploads and answers of any
size. Nothing keeps them back, and a configuration that is loaded for some other service's deploy cuts none."""

import asyncio
import hashlib
import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_trial import Asked, FrontTrial, Upstream, respond

LARGE = 96 << 20
BLOCK = bytes(range(256)) * 4096


async def answer(asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    match asked.path:
        case "/socket":
            writer.write(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
            while line := await reader.readline():
                writer.write(b"echo " + line)
                await writer.drain()
        case "/events" | "/dribble":
            kind = b"text/event-stream" if asked.path == "/events" else b"text/plain\r\nContent-Length: 1000000"
            writer.write(b"HTTP/1.1 200 X\r\nContent-Type: " + kind + b"\r\n\r\n")
            await relay(writer)
        case "/upload":
            digest, left = hashlib.sha256(), int(asked.headers["content-length"])
            while left:
                block = await reader.read(min(left, 1 << 20))
                digest.update(block)
                left -= len(block)
            writer.write(respond(200, digest.hexdigest().encode()))
        case "/talk":
            first = await reader.readexactly(6)
            ARRIVED.append(first)
            GOT.set()
            writer.write(respond(200, first + await reader.readexactly(6)))
        case "/download":
            writer.write(f"HTTP/1.1 200 X\r\nContent-Length: {LARGE}\r\n\r\n".encode())
            for _ in range(LARGE // len(BLOCK)):
                writer.write(BLOCK)
                await writer.drain()
        case _:
            writer.write(respond(200, b"fine"))
    await writer.drain()


ARRIVED: list[bytes] = []
GOT = threading.Event()
NEXT: list[asyncio.Event] = []


async def relay(writer: asyncio.StreamWriter) -> None:
    """One more piece whenever the test asks for one."""
    go = asyncio.Event()
    NEXT.append(go)
    for number in range(100):
        writer.write(f"data: {number}\n\n".encode())
        await writer.drain()
        await go.wait()
        go.clear()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    made = Upstream(answer)
    yield made
    made.close()


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[FrontTrial]:
    made = FrontTrial(tmp_path)
    yield made
    made.close()


def connect(port: int, path: str, method: str = "GET", *headers: str) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", ""]
    connection.sendall("\r\n".join(lines).encode())
    return connection


def read_until(connection: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        more = connection.recv(1 << 16)
        assert more, f"the connection ended after {data!r}"
        data += more
    return data


def one_more(upstream: Upstream) -> None:
    upstream.run(NEXT[-1].set)


def deploy_others(trial: FrontTrial, upstream: Upstream) -> None:
    """What deploys of other services do to the proxy, to the end: what was loaded before is gone."""
    for name in ("other", "another"):
        trial.open(name, (100, upstream))
    del trial.routes["other"]
    trial.load()


def test_deploys_of_others_cut_no_upgraded_connection(trial: FrontTrial, upstream: Upstream) -> None:
    port = trial.open("id", (100, upstream))
    with connect(port, "/socket", "GET", "Connection: Upgrade", "Upgrade: echo") as connection:
        assert b" 101 " in read_until(connection, b"\r\n\r\n")
        for word in (b"before\n", b"between\n", b"after\n"):
            connection.sendall(word)
            assert read_until(connection, b"\n") == b"echo " + word
            deploy_others(trial, upstream)


def test_deploys_of_others_cut_no_event_stream(trial: FrontTrial, upstream: Upstream) -> None:
    port = trial.open("id", (100, upstream))
    with connect(port, "/events") as connection:
        read_until(connection, b"data: 0\n\n\r\n")
        for number in (1, 2):
            deploy_others(trial, upstream)
            one_more(upstream)
            assert f"data: {number}\n\n".encode() in read_until(connection, b"\n\n\r\n")


def test_deploys_of_others_cut_no_upload(trial: FrontTrial, upstream: Upstream) -> None:
    port = trial.open("id", (100, upstream))
    GOT.clear()
    with connect(port, "/talk", "POST", "Content-Length: 12") as connection:
        connection.sendall(b"begun-")
        assert GOT.wait(20)
        deploy_others(trial, upstream)
        connection.sendall(b"ended.")
        assert read_until(connection, b"begun-ended.").startswith(b"HTTP/1.1 200 ")


def test_what_is_under_way_is_counted_for_its_drain_whatever_was_loaded_meanwhile(
    trial: FrontTrial, upstream: Upstream
) -> None:
    port = trial.open("id", (100, upstream))
    with (
        connect(port, "/socket", "GET", "Connection: Upgrade", "Upgrade: echo") as upgraded,
        connect(port, "/events") as events,
    ):
        read_until(upgraded, b"\r\n\r\n")
        read_until(events, b"data: 0\n\n\r\n")
        for _ in range(2):
            deploy_others(trial, upstream)
            told = json.loads(trial.ask_admin("GET", "/reverse_proxy/upstreams")[1])
            assert [each["num_requests"] for each in told if each["address"].endswith(f":{upstream.port}")] == [2]


def test_an_upload_arrives_piece_by_piece(trial: FrontTrial, upstream: Upstream) -> None:
    port = trial.open("id", (100, upstream))
    GOT.clear()
    with connect(port, "/talk", "POST", "Content-Length: 12") as connection:
        connection.sendall(b"first-")
        assert GOT.wait(20)
        assert ARRIVED[-1] == b"first-"
        connection.sendall(b"second")
        assert read_until(connection, b"first-second")


@pytest.mark.parametrize("path", ["/events", "/dribble"])
def test_an_answer_arrives_piece_by_piece(trial: FrontTrial, upstream: Upstream, path: str) -> None:
    port = trial.open("id", (100, upstream))
    with connect(port, path) as connection:
        data = b""
        for number in range(3):
            while f"data: {number}\n\n".encode() not in data:
                data += connection.recv(1 << 16)
            one_more(upstream)


def test_large_bodies_pass_both_ways(trial: FrontTrial, upstream: Upstream) -> None:
    port = trial.open("id", (100, upstream))
    before = trial.most_memory()
    with connect(port, "/upload", "POST", f"Content-Length: {LARGE}") as connection:
        for _ in range(LARGE // len(BLOCK)):
            connection.sendall(BLOCK)
        wanted = hashlib.sha256(BLOCK * (LARGE // len(BLOCK))).hexdigest()
        assert read_until(connection, wanted.encode())
    with connect(port, "/download") as connection:
        digest, size = hashlib.sha256(), 0
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(1)
        while size < LARGE:
            block = connection.recv(1 << 20)
            digest.update(block)
            size += len(block)
        assert digest.hexdigest() == wanted
    assert trial.most_memory() - before < LARGE / 2, "a body is never held as a whole"
    assert not any(b"\x00\x01\x02\x03" in each.read_bytes() for each in trial.folder.rglob("*") if each.is_file())
