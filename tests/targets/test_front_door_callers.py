"""What callers do at a front door: broken requests, foreign names, forged headers; and what is written of it."""

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from front_trial import Asked, FrontTrial, Upstream, body_of, receive, respond, send

from oneway.evidence import SourceFile, observe
from oneway.evidence.readers.traffic import read_traffic
from oneway.targets.base import Served
from oneway.targets.local.proxy.access_log import AccessLog
from oneway.targets.local.proxy.log_settings import access_log
from oneway.targets.local.state.ledger import Passage


async def answer(asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """What the path asks for; anything else is answered with the body's size."""
    path = asked.path.partition("?")[0]
    if path == "/die":
        writer.transport.abort()
    elif path == "/broken-head":
        writer.write(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")
        writer.close()
    elif path == "/hang":
        await asyncio.sleep(60)
    elif path == "/fail":
        writer.write(respond(500, b"wrong"))
    else:
        writer.write(respond(200, str(len(await body_of(asked, reader))).encode()))
    await writer.drain()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    made = Upstream(answer)
    yield made
    made.close()


@pytest.fixture
def trial(tmp_path: Path) -> Iterator[FrontTrial]:
    made = FrontTrial(tmp_path, hosts=("shop.example.org",))
    yield made
    made.close()


@pytest.fixture
def port(trial: FrontTrial, upstream: Upstream) -> int:
    upstream.asked.clear()
    return trial.open("id", (100, upstream))


def head(method: str, path: str, *lines: str) -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", "Host: localhost", *lines, "", ""]).encode()


GONE = 499
CHUNKED = "Transfer-Encoding: chunked"
BROKEN_BODIES = {
    "no number": (b"ZZZ\r\nabc\r\n0\r\n\r\n", False),
    "a negative number": (b"-3\r\nabc\r\n0\r\n\r\n", False),
    "no length": (b"\r\nabc\r\n0\r\n\r\n", False),
    "a length without end": (b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n", False),
    "longer than it says": (b"2\r\nabcdef\r\n0\r\n\r\n", False),
    "good, then bad": (b"3\r\nabc\r\nXX\r\n", False),
    "a comment without end": (b"3;" + b"a" * 20_000 + b"\r\nabc\r\n0\r\n\r\n", False),
    "cut short in a piece": (b"5\r\nab", True),
    "cut short between pieces": (b"3\r\nabc\r\n", True),
    "cut short at the last": (b"3\r\nabc\r\n0\r\n", True),
    "a trailer that is none": (b"3\r\nabc\r\n0\r\nno colon here\r\n\r\n", False),
}


@pytest.mark.parametrize("method", ["POST", "PUT", "GET", "DELETE"])
def test_a_body_that_its_sender_broke_is_the_senders_fault(trial: FrontTrial, port: int, method: str) -> None:
    releases = {dial: 1 for front in trial.routes["id"].fronts.values() for pool in front.pools for dial in pool.dials}
    for name, (body, cut) in BROKEN_BODIES.items():
        got = send(port, head(method, "/", CHUNKED), body, half_close=cut)
        assert got.status in ((400, GONE) if cut else (400,)), name
        assert got.status == GONE or got.problem()["status"] == 400
    assert send(port, head(method, "/", "Content-Length: 10"), b"short", half_close=True).status in (400, GONE)
    lines = trial.logged("id", len(BROKEN_BODIES) + 1)
    assert all(each["duration"] < 1.0 for each in lines), "nobody tries again what can be sent once only"
    log = AccessLog(access_log("id", trial.folder / "logs"), lambda: 0.0)
    log.read(releases)
    assert {each.status for each in log.served(float("-inf"))} <= {GONE}
    log.close()


@pytest.mark.parametrize(
    ("path", "body"), [("/die", b""), ("/broken-head", b""), ("/broken-head", b"3\r\nabc\r\n0\r\n\r\n")]
)
def test_an_answer_that_the_service_broke_is_the_services_fault(
    trial: FrontTrial, port: int, path: str, body: bytes
) -> None:
    got = send(port, head("POST", path, CHUNKED if body else "Content-Length: 0"), body)
    assert got.status == 502
    assert got.problem()["title"] == "Bad Gateway"
    (line,) = trial.logged("id", 1)
    assert "caused" not in line


def test_broken_requests_make_nobody_else_wait(trial: FrontTrial, port: int) -> None:
    for _ in range(10):
        send(port, head("POST", "/", CHUNKED), b"ZZ\r\n")
        send(port, head("POST", "/die", "Content-Length: 0"))
        assert send(port, head("POST", "/", "Content-Length: 2"), b"ok").body == b"2"
    good = [each for each in trial.logged("id", 30) if each["status"] == 200]
    assert len(good) == 10
    assert max(each["duration"] for each in good) < 1.0, "somebody waited for a replica that was left out"


def test_a_question_that_breaks_every_answer_is_not_asked_for_ever(
    trial: FrontTrial, port: int, upstream: Upstream
) -> None:
    assert send(port, head("GET", "/die")).status == 502
    assert len(upstream.asked) == 2


def test_who_goes_away_counts_against_nobody(trial: FrontTrial, port: int) -> None:
    for data in (head("GET", "/hang"), head("POST", "/", "Content-Length: 10") + b"half"):
        connection = socket.create_connection(("127.0.0.1", port))
        connection.sendall(data)
        _await_under_way(trial)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    assert {each["status"] for each in trial.logged("id", 2)} <= {400, 499}


def _await_under_way(trial: FrontTrial) -> None:
    until = time.monotonic() + 20
    while not any(each["num_requests"] for each in json.loads(trial.ask_admin("GET", "/reverse_proxy/upstreams")[1])):
        assert time.monotonic() < until


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("app.localhost", True),
        ("127.0.0.1", True),
        ("127.0.0.1:1", True),
        ("[::1]", True),
        ("[::1]:8080", True),
        ("id", True),
        ("id:8082", True),
        ("shop.example.org", True),
        ("SHOP.example.org:443", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("localhost.evil.example", False),
        ("evil.localhost.example", False),
        ("shop.example.org.evil.example", False),
        ("[::2]", False),
        ("[::ffff:127.0.0.1]", False),
        ("10.0.0.1", False),
        ("gateway", False),
        ("", False),
    ],
)
def test_a_front_door_is_opened_by_the_names_that_it_is_known_by(port: int, host: str, known: bool) -> None:
    got = send(port, f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    assert got.status in ((200,) if known else (400, 421))
    assert known or got.problem()["status"] == got.status


@pytest.mark.parametrize(
    "path", ["/metrics", "/METRICS", "//metrics", "/a/../metrics", "/%6detrics", "/metrics/x", "/metrics?a"]
)
def test_what_is_for_operators_is_not_at_the_front_door(port: int, upstream: Upstream, path: str) -> None:
    for method in ("GET", "DELETE", "POST"):
        assert send(port, head(method, path, "Content-Length: 0")).status == 404
    assert upstream.asked == []
    assert send(port, head("GET", "/metricsfoo")).status == 200


def test_what_callers_say_of_who_they_are_is_not_handed_on(port: int, upstream: Upstream) -> None:
    forged = ["X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port"]
    send(port, head("GET", "/", *(f"{name}: 6.6.6.6" for name in forged), "X-Forwarded-For: 7.7.7.7"))
    (asked,) = upstream.asked
    assert asked.headers["x-forwarded-for"] == "127.0.0.1"
    assert asked.headers["x-forwarded-proto"] == "http"
    assert asked.headers["x-forwarded-host"] == "localhost"
    assert not [name for name, value in asked.headers.items() if "6.6.6.6" in value or "7.7.7.7" in value]


def test_where_nobody_listens_users_are_told_in_the_shape_of_every_problem(trial: FrontTrial) -> None:
    gone = Upstream(answer)
    port = trial.open("id", (100, gone))
    gone.close()
    got = send(port, head("POST", "/", "Content-Length: 0"))
    assert got.status == 502
    assert set(got.problem()) == {"type", "title", "status", "detail"}


def secrets_of(path: str) -> list[bytes]:
    """One request down that path, with a secret wherever one can be."""
    body = b'{"password": "SECRET-body"}'
    marked = [
        "X-API-Key: SECRET-key",
        "Authorization: Basic U0VDUkVULWJhc2lj",
        "Cookie: session=SECRET-cookie",
        "X-Request-ID: SECRET-id",
        "X-Request-Deadline-Ms: SECRET-deadline",
        "User-Agent: secret-agent/1.0 SECRET-agent",
        "Referer: http://localhost/?SECRET-referer",
    ]
    query = f"{path}?token=SECRET-query;SECRET-semicolon"
    return [
        head("POST", query, *marked, f"Content-Length: {len(body)}") + body,
        head("GET", query, *marked),
        head("POST", query, *marked, CHUNKED) + b"ZZ SECRET-chunk\r\n",
        head("POST", query, *marked, CHUNKED) + b"3\r\nabc\r\n0\r\nSECRET-trailer\r\n\r\n",
        head("GET", f"http://user:SECRET-password@localhost{query}#SECRET-fragment", *marked),
        head("GET", f"{path};SECRET-parameter", *marked),
    ]


MARKS = (b"SECRET", b"U0VDUkVULWJhc2lj", b"secret-agent")


@pytest.mark.parametrize("passing", [False, True])
def test_no_path_of_a_request_writes_its_secrets_down(trial: FrontTrial, upstream: Upstream, passing: bool) -> None:
    port = trial.open("id", (100, upstream))
    if passing:
        file = trial.folder / "share"
        file.write_text("50")
        other = Upstream(answer)
        port = trial.open("id", (0, other), (100, upstream), passage=Passage(file=str(file), steps=(50, 100)))
    paths = ("/", "/fail", "/die", "/broken-head", "/metrics", "/nowhere")
    requests = [request for path in paths for request in secrets_of(path)]
    for request in requests:
        send(port, request)
    send(port, requests[0].replace(b"Host: localhost", b"Host: SECRET-host.example"))
    send(port, requests[0].replace(b"\r\n\r\n", b"\r\nX-Oneway-Release: SECRET-token\r\n\r\n", 1))
    send(port, b"GET / HTTP/1.1\r\nHost: localhost\r\nSECRET in no header\r\n\r\n")
    send(port, b"GET /%zz?SECRET HTTP/1.1\r\nHost: localhost\r\n\r\n")
    lines = trial.logged("id", len(requests) + 2)
    assert {each["request"]["uri"] for each in lines} == set(paths)
    if passing:
        other.close()
    for mark in MARKS:
        assert mark not in trial.written()


def test_neither_does_a_request_that_is_given_up(trial: FrontTrial, port: int) -> None:
    for request in secrets_of("/hang")[:2]:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(request)
            _await_under_way(trial)
    trial.logged("id", 2)
    for mark in MARKS:
        assert mark not in trial.written()


def test_a_deadline_is_told_where_it_is_a_number(trial: FrontTrial, port: int) -> None:
    send(port, head("GET", "/", "X-Request-Deadline-Ms: 250"))
    send(port, head("GET", "/", "X-Request-Deadline-Ms: 1e3"))
    log = AccessLog(access_log("id", trial.folder / "logs"), lambda: 0.0)
    trial.logged("id", 2)
    log.read({trial.routes["id"].fronts["http"].pools[0].dials[0]: 3})
    assert [(type(each), each.deadline) for each in log.served(float("-inf"))] == [(Served, 0.25), (Served, None)]
    log.close()


def test_the_log_shows_who_called_to_those_who_know_the_services(trial: FrontTrial, port: int) -> None:
    for agent in ("orders/1.2.0", "orders/1.2.0", "stranger/7", "curl", "Mozilla/5.0 (X11)"):
        send(port, head("GET", "/", f"User-Agent: {agent}"))
    trial.logged("id", 5)
    manifests = [SourceFile("compose.yaml", b"services: {orders: {image: x}, id: {image: y}}")]
    with access_log("id", trial.folder / "logs").open("rb") as stream:
        observed = observe(manifests, more=list(read_traffic(stream, "access.log")))
    (pair,) = observed.pairs().items()
    assert pair[0] == ("orders", "id")
    assert pair[1][0].traffic is not None
    assert pair[1][0].traffic.count == 2
    assert {each.name for each in observed.services} == {"orders", "id"}


def test_a_connection_serves_on_after_a_refusal(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for path, status in (("/metrics", 404), ("/", 200)):
            connection.sendall(head("GET", path))
            assert receive(connection).status == status
