"""What checks can ask beside one plain request: redirects, cookies, secrets of the environment, ports, names, gRPC."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import h2.config
import h2.connection
import h2.events
import hostile_server as hostile
import pytest

from oneway.model import Check, Expect, Judge, Matcher, Request
from oneway.probe import (
    Address,
    CheckResult,
    HttpSend,
    Kind,
    NoAnswer,
    Outgoing,
    Verdict,
    asked_of,
    http_sender,
    run_check,
    run_suite,
)
from oneway.probe.certificate import certificate_failures

Page = Callable[[str, dict[str, str]], tuple[int, bytes, tuple[str, ...]]]


@contextmanager
def site(page: Page, family: socket.AddressFamily = socket.AF_INET) -> Iterator[str]:
    """A server whose `page` sees the path and the headers of every request."""
    with socket.create_server(("::1" if family is socket.AF_INET6 else "127.0.0.1", 0), family=family) as server:

        def answer() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    head = connection.recv(65536).decode("latin-1").split("\r\n")
                    fields = [line.split(": ", 1) for line in head[1:] if ": " in line]
                    status, body, lines = page(head[0].split()[1], {name.lower(): value for name, value in fields})
                    hostile.answer(status, body, *lines)(connection, threading.Event())

        threading.Thread(target=answer, daemon=True).start()
        host, port = server.getsockname()[:2]
        yield f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def run(check: Check, url: str = "http://127.0.0.1:1") -> CheckResult:
    return run_check(check, http_sender(url), lambda name: b"")


def check(expect: Expect | None = None, **request: Any) -> Check:
    return Check(name="c", request=Request(**request), expect=expect or Expect())


def hops(path: str, headers: dict[str, str]) -> tuple[int, bytes, tuple[str, ...]]:
    if path == "/end?a=1":
        return 200, b'{"there": true}', ()
    left = int(path.removeprefix("/"))
    return 302, b"", ("Location: /end?a=1" if left == 0 else f"Location: {left - 1}",)


def test_redirects_are_followed_as_far_as_the_check_says() -> None:
    there = Expect(body={"there": Matcher(equals=True)})
    with site(hops) as url:
        assert run(check(there, path="/2", redirects=3), url).verdict is Verdict.PASS
        assert run(check(there, path="/2", redirects=2), url).failures[0].actual.startswith("302")
        assert run(check(Expect(status=302), path="/2"), url).verdict is Verdict.PASS


def test_a_redirect_elsewhere_takes_no_credential_along() -> None:
    seen: list[dict[str, str]] = []

    def target(path: str, headers: dict[str, str]) -> tuple[int, bytes, tuple[str, ...]]:
        seen.append(headers)
        return 200, b"", ()

    with site(target) as other, site(lambda path, headers: (307, b"", (f"Location: {other}/x",))) as url:
        headers = {"Authorization": "Bearer of-this-site", "X-Note": "kept"}
        assert run(check(path="/", redirects=1, headers=headers), url).verdict is Verdict.PASS
    assert ("authorization" in seen[0], seen[0]["x-note"]) == (False, "kept")


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[::1", "javascript:1"])
def test_a_redirect_to_nowhere_fails_and_says_so(location: str) -> None:
    with site(lambda path, headers: (302, b"", (f"Location: {location}",))) as url:
        found = run(check(path="/", redirects=1), url)
    assert (found.verdict, "redirects to what is no" in found.failures[0].actual) == (Verdict.FAIL, True)


def test_cookies_go_from_check_to_check_until_they_are_taken_back() -> None:
    def page(path: str, headers: dict[str, str]) -> tuple[int, bytes, tuple[str, ...]]:
        said = json.dumps({"cookie": headers.get("cookie", "none")}).encode()
        sets = {
            "/in": ("Set-Cookie: session=s1; HttpOnly; Path=/", "Set-Cookie: theme=dark"),
            "/out": ("Set-Cookie: session=; Max-Age=0",),
        }
        return 200, said, sets.get(path, ())

    def expecting(path: str, cookie: str, cookies: bool = True) -> Check:
        expect = Expect(body={"cookie": cookie})
        return Check(name=f"{path} {cookie}", request=Request(path=path, cookies=cookies), expect=expect)

    checks = [
        expecting("/in", "none"),
        expecting("/a", "session=s1; theme=dark"),
        expecting("/b", "none", cookies=False),
        expecting("/out", "session=s1; theme=dark"),
        expecting("/c", "theme=dark"),
    ]
    with site(page) as url:
        found = run_suite(
            checks, lambda endpoint: http_sender(url), lambda name: b"", Judge(of=1), lambda seconds: None
        )
    assert [each.failures for each in found.results] == [()] * 5


def test_a_secret_of_the_environment_is_sent_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = "hush-4711-0815"
    monkeypatch.setenv("SHOP_KEY", secret)
    asked = check(Expect(status=201), path="/", headers={"X-Shop": "key ${env:SHOP_KEY}"})
    with site(lambda path, headers: (200, headers.get("x-shop", "").encode(), ())) as url:
        found = run(asked, url)
        assert found.failures[0].actual == "200 key ***"
        monkeypatch.delenv("SHOP_KEY")
        missing = run(asked, url)
    assert missing.verdict is Verdict.INCONCLUSIVE
    assert "SHOP_KEY of the environment is not set" in missing.failures[0].actual
    assert secret not in asked_of(asked)


def test_a_port_takes_connections_or_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert run(check(tcp=True), f"http://127.0.0.1:{port}").verdict is Verdict.PASS
        assert run(check(tcp=True, base=f"tcp://localhost:{port}")).verdict is Verdict.PASS
    closed = run(check(tcp=True), f"http://127.0.0.1:{port}")
    assert (closed.verdict, closed.failures[0].actual) == (Verdict.FAIL, "connection refused: nothing listens there")


def test_a_name_stands_for_addresses_or_not() -> None:
    local = Expect(body={"length(addresses) > `0`": True})
    assert run(check(local, dns="localhost")).verdict is Verdict.PASS
    wrong = Expect(body={"contains(addresses, '203.0.113.9')": True})
    assert run(check(wrong, dns="localhost")).verdict is Verdict.FAIL
    unknown = run(check(dns="nobody.invalid"))
    assert unknown.failures[0].actual == "the name nobody.invalid cannot be resolved"


def test_a_service_is_reached_by_ipv6_too() -> None:
    try:
        with site(lambda path, headers: (200, b"", ()), socket.AF_INET6) as url:
            assert run(check(path="/"), url).verdict is Verdict.PASS
            assert run(check(path="/", base=url)).verdict is Verdict.PASS
    except OSError as error:
        pytest.skip(f"this machine has no IPv6: {error}")


def test_a_base_is_asked_instead_and_has_to_fit() -> None:
    with site(lambda path, headers: (204, b"", ())) as url:
        assert run(check(Expect(status=204), path="/x", base=url)).verdict is Verdict.PASS
    found = run(check(path="/", base="tcp://127.0.0.1:1"))
    assert (found.verdict, found.failures[0].actual) == (Verdict.INCONCLUSIVE, "http is not asked at tcp://")


@contextmanager
def grpc_server(
    answer: Callable[[bytes], tuple[dict[str, str], bytes, dict[str, str]]], seen: list[dict[str, str]] | None = None
) -> Iterator[str]:
    """A server of HTTP/2 that answers every request with headers, a body and trailers, and keeps what it has seen."""
    seen = [] if seen is None else seen

    def respond(connection: socket.socket, stop: threading.Event) -> None:
        state = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        state.initiate_connection()
        asked: dict[int, bytes] = {}
        while not stop.is_set():
            connection.sendall(state.data_to_send())
            data = connection.recv(65536)
            if not data:
                return
            for event in state.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    seen.append({bytes(name).decode(): bytes(value).decode() for name, value in event.headers})
                elif isinstance(event, h2.events.DataReceived):
                    asked[event.stream_id] = asked.get(event.stream_id, b"") + event.data
                elif isinstance(event, h2.events.StreamEnded):
                    headers, body, trailers = answer(asked[event.stream_id])
                    state.send_headers(event.stream_id, list(headers.items()), end_stream=not trailers)
                    if trailers:
                        state.send_data(event.stream_id, body)
                        state.send_headers(event.stream_id, list(trailers.items()), end_stream=True)

    with socket.create_server(("127.0.0.1", 0)) as server:
        stop = threading.Event()

        def accept() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    respond(connection, stop)

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        stop.set()


def framed(message: bytes) -> bytes:
    return b"\0" + len(message).to_bytes(4, "big") + message


OK = {":status": "200", "content-type": "application/grpc"}


@pytest.mark.parametrize(
    ("status", "expected"),
    [(b"\x08\x01", "SERVING"), (b"\x08\x02", "NOT_SERVING"), (b"", "UNKNOWN"), (b"\x08\x03", "SERVICE_UNKNOWN")],
)
def test_a_grpc_server_tells_its_health(status: bytes, expected: str) -> None:
    asked: list[bytes] = []

    def answer(message: bytes) -> tuple[dict[str, str], bytes, dict[str, str]]:
        asked.append(message)
        return OK, framed(status), {"grpc-status": "0"}

    with grpc_server(answer) as url:
        found = run(check(grpc="shop.v1.Orders"), url)
        whole = run(check(Expect(status=503 if expected != "SERVING" else 200), grpc=""), url)
    assert (found.verdict is Verdict.PASS) is (expected == "SERVING")
    assert found.verdict is Verdict.PASS or f'503 {{"status": "{expected}"}}' == found.failures[0].actual
    assert whole.verdict is Verdict.PASS
    assert asked == [framed(b"\x0a\x0eshop.v1.Orders"), framed(b"")]


def test_what_leads_to_a_release_is_sent_along() -> None:
    seen: list[dict[str, str]] = []
    with grpc_server(lambda asked: (OK, framed(b"\x08\x01"), {"grpc-status": "0"}), seen) as url:
        send = HttpSend(lambda: Address(url, None, {"X-Release": "token"}))
        assert run_check(check(grpc=""), send, lambda name: b"").verdict is Verdict.PASS
    assert (seen[0]["x-release"], seen[0][":path"]) == ("token", "/grpc.health.v1.Health/Check")


@pytest.mark.parametrize(
    ("headers", "trailers", "words"),
    [
        ({**OK, "grpc-status": "12"}, {}, "does not tell its health"),
        ({**OK, "grpc-status": "7", "grpc-message": "not you"}, {}, "gRPC status 7: not you"),
        (OK, {"grpc-status": "5"}, '503 {"status": "SERVICE_UNKNOWN"}'),
        ({":status": "404"}, {}, "it answered 404"),
        (OK, {"grpc-status": "0"}, "cannot be read"),
    ],
)
def test_what_else_a_grpc_server_says_is_shown(headers: dict[str, str], trailers: dict[str, str], words: str) -> None:
    with grpc_server(lambda asked: (headers, b"\x01", trailers)) as url:
        found = run(check(grpc=""), url)
    assert (found.verdict, words in found.failures[0].actual) == (Verdict.FAIL, True), found.failures


@pytest.mark.parametrize("respond", [hostile.answer(200, b"hi"), hostile.pour, lambda connection, stop: None])
def test_what_is_no_grpc_server_is_told(respond: hostile.Respond) -> None:
    with hostile.serving(respond) as (url, _):
        found = run(check(grpc=""), url)
    assert "does not speak HTTP/2" in found.failures[0].actual


def test_silence_holds_no_longer_than_the_deadline() -> None:
    with hostile.serving(hostile.say_nothing) as (url, _):
        assert http_sender(url)(Outgoing("GET", "", {}, None, 0.3, kind=Kind.TCP)).status == 200
        with pytest.raises(NoAnswer, match=r"no answer came within 0\.3 s"):
            http_sender(url)(Outgoing("GET", "", {}, None, 0.3, kind=Kind.GRPC))


def test_a_certificate_has_to_be_valid_for_long_enough() -> None:
    now, day = 1_800_000_000.0, 86_400
    assert certificate_failures(14, now + 14 * day, now) == []
    (soon,) = certificate_failures(14, now + 13.9 * day, now)
    assert (soon.expected, soon.actual[:22]) == ("valid for 14 days or more", "13 days: it ends on 20")
    (none,) = certificate_failures(1, None, now)
    assert "not secured by TLS" in none.actual


def test_a_request_is_of_one_kind() -> None:
    found = run(check(tcp=True, dns="localhost"))
    assert (found.verdict, found.failures[0].actual) == (Verdict.INCONCLUSIVE, "a request is tcp or dns, not both")
