"""Marked secrets go down every path of a deploy on this machine, and none is in anything that is written or printed."""

import http.client
from pathlib import Path

import pytest
from local_checkout import Checkout

pytest_plugins = ["given_checkout"]
KEY = "marked-secret-of-the-service-4711"
SECRETS = {"API_KEYS": {"name": "id-keys", "key": "keys"}}
# Answers with its own secret and with what the caller sent, as a careless service does when something is wrong.
CARELESS = """
import os
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Careless(BaseHTTPRequestHandler):
    def do_GET(self):
        said = f"{os.environ['API_KEYS']} {self.path} {self.headers.get('X-API-Key')} {self.headers.get('Cookie')}"
        body = said.encode() if self.path.startswith("/v1") else b"ok"
        self.send_response(200 if not self.path.startswith("/v1/fail") else 500)
        self.send_header("X-Seen", os.environ["API_KEYS"])
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *words):
        pass

ThreadingHTTPServer((os.environ["HOST"], int(os.environ["PORT"])), Careless).serve_forever()
"""
REQUESTS = (
    (
        "GET",
        "/v1/things?token=marked-query-0815",
        {"X-API-Key": "marked-header-0815", "Cookie": "s=marked-cookie-0815"},
    ),
    ("GET", "/v1/fail?api_key=marked-query-0815", {"Authorization": "Bearer marked-bearer-0815"}),
    ("GET", "/metrics?token=marked-query-0815", {"X-API-Key": "marked-header-0815"}),
)
MARKS = (KEY, "marked-query-0815", "marked-header-0815", "marked-cookie", "marked-bearer-0815")


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of secrets, outside the checkout."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    (folder / "oneway").mkdir()
    made = folder / "oneway/trial.secrets"
    made.write_text(f"[id-keys]\nkeys = {KEY}\n")
    made.chmod(0o600)
    return made


def check(path: str, status: int, body: str) -> dict[str, object]:
    """The service's own secret is in the header that is looked at."""
    return {
        "name": f"asks {path}",
        "request": {"path": path},
        "expect": {"status": status, "headers": {"X-Seen": {"matches": body}}},
    }


def ask(address: str, method: str, path: str, headers: dict[str, str]) -> int:
    connection = http.client.HTTPConnection(address.removeprefix("http://"), timeout=10)
    connection.request(method, path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def written(folder: Path, mark: str) -> list[str]:
    """Files below the folder that hold the mark, links not followed."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    return [str(path.relative_to(folder)) for path in files if mark.encode() in path.read_bytes()]


@pytest.mark.timeout(280)
def test_no_mark_is_in_anything_written_or_printed(checkout: Checkout, file: Path) -> None:
    good = [check("/v1/things", 200, "marked")]
    checkout.write_program("id", "1.0.0", CARELESS, secrets=SECRETS, smoke=good)
    printed = [checkout.run("deploy", "id")]
    assert printed[0].returncode == 0, printed[0].stdout
    address = checkout.status()["addresses"]["http"]
    assert [ask(address, *request) for request in REQUESTS] == [200, 500, 404]
    broken = [check("/v1/fail", 200, "another"), check("/v1/things", 200, "^other$")]
    checkout.write_program("id", "1.1.0", CARELESS + "# 1.1.0\n", secrets=SECRETS, smoke=broken)
    refused = checkout.run("deploy", "id")
    assert refused.returncode == 1
    printed += [refused, *(checkout.run(*words) for words in COMMANDS)]
    for mark in MARKS:
        assert written(checkout.root / ".platform", mark) == []
        assert [run.args for run in printed if mark in run.stdout + run.stderr] == []


COMMANDS = (
    ("history", "id", "--release", "2"),
    ("history", "id", "--format", "json"),
    ("smoke", "id"),
    ("smoke", "id", "--format", "json"),
    ("status",),
    ("diff",),
    ("logs", "id"),
)
