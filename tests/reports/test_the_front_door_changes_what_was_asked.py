"""A user sees: behind the front door a path with `%2F` or `//` is another one, an upload that waits for `100 Continue`
hangs or arrives twice, and answers are 502 when the service has closed an idle connection."""

import http.client
import json
import socket
import time

import pytest
from local_checkout import Checkout

pytest_plugins = ("given_checkout",)
PATHS = [
    *("/api/queues/%2F/x", "/a//b", "/a///", "/abc%2Cdef.mobi", "/a%20b+c", "/%C3%A9", "/a;b=c,d", "/x%25zz", "/x%3Fy"),
    *("/x?q=a;b&c=%20+&d", "/x?u=http://a/b?c", "/x?", "/x?a=%2f&a=%2F", "/path/https://example.com", "/~user/$1/(a)"),
]
PROGRAM = """
import json, os, socket, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 2  # an idle connection is closed after as long as gunicorn waits, without a word

    def do_GET(self):
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        answer = json.dumps({"path": self.path, "method": self.command, "body": body}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_POST = do_PUT = do_HEAD = do_DELETE = do_GET

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Handler).serve_forever()
"""


@pytest.mark.timeout(240)
def test_it_hands_over_what_it_was_given(checkout: Checkout) -> None:
    checkout.write_program("id", "1.0.0", PROGRAM)
    assert checkout.run("deploy", "id").returncode == 0
    place = checkout.status()["addresses"]["http"].removeprefix("http://")
    assert {path: json.loads(asked(place, "GET", path)[1])["path"] for path in PATHS} == {each: each for each in PATHS}
    for method in ("POST", "PUT", "DELETE"):
        assert json.loads(asked(place, method, "/", "some body")[1]) == {
            "path": "/",
            "method": method,
            "body": "some body",
        }
    assert asked(place, "HEAD", "/x") == (200, "")
    expecting_continue(place)
    after_idle_times(place)


def asked(place: str, method: str, path: str, body: str | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection(place, timeout=10)
    connection.request(method, path, body)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def expecting_continue(place: str) -> None:
    """The body is sent only when the front door says so; the answer comes once."""
    host, _, port = place.partition(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        head = f"POST /up HTTP/1.1\r\nHost: {place}\r\nContent-Length: 4\r\nExpect: 100-continue\r\n"
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        said = connection.recv(1024)
        assert said.startswith(b"HTTP/1.1 100 ")
        connection.sendall(b"body")
        while more := connection.recv(65536):
            said += more
    assert said.count(b"HTTP/1.1 200 ") == 1
    assert b'"body": "body"' in said


def after_idle_times(place: str) -> None:
    """Questions and orders that come just when the service closes the connection that the front door keeps to it."""
    for pause in (1.98, 1.995, 2.0, 2.005, 2.02):
        for method in ("GET", "POST"):
            assert asked(place, method, "/", "x" if method == "POST" else None)[0] == 200
            time.sleep(pause)
