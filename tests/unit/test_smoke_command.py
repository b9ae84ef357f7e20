"""`platform smoke --base-url`, as it is typed: checks of manifests at any address, in every format."""

import http.server
import json
import shutil
import ssl
import subprocess
import sys
import threading
import xml.etree.ElementTree as xml
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hostile_server as hostile
import pytest

from oneway.application.smoke_services import base_of
from oneway.errors import UsageError

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"
SHOP = """apiVersion: oneway/v1
service: shop
version: 1.0.0
owner: ann
domain: core
endpoints: [{name: http, port: 8000}]
rollout: {judge: {of: 1}}
smoke:
  - {name: answers, request: {path: /}}
  - {name: "sells <soap> & \\"towels\\"", request: {path: /}, expect: {status: 201, headers: {x-made-by: us}}}
"""
STOCK = "apiVersion: oneway/v1\nservice: stock\nversion: 1.0.0\nowner: ann\ndomain: core\nsmoke: []\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "manifests").mkdir()
    for name, text in (("platform", PLATFORM), ("shop", SHOP), ("stock", STOCK)):
        (tmp_path / f"manifests/{name}.yaml").write_text(text)
    return tmp_path


@pytest.fixture
def url() -> Iterator[str]:
    with hostile.serving(hostile.answer(200, b'{"soap": 3}', "X-Made-By: them")) as (address, _):
        yield address


def run(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "oneway.cli.main", "smoke", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False)


def test_each_format_shows_what_was_expected_and_what_came(root: Path, url: str) -> None:
    found = {
        each: run(root, "shop", "--base-url", f"{url}/", "--format", each)
        for each in ("text", "table", "json", "junit")
    }
    assert {each.returncode for each in found.values()} == {1}, found
    assert "  status: expected 201, got 200" in found["text"].stdout
    head, good, bad, more = found["table"].stdout.splitlines()
    assert head.split() == ["SERVICE", "CHECK", "VERDICT", "TOOK", "TRIES", "EXPECTED", "ACTUAL"]
    assert (good.split()[:3], bad.split()[-6:-3]) == (["shop", "answers", "pass"], ["1", "status:", "201"])
    assert more.split() == ["header", "x-made-by:", '"us"', '"them"']
    (service,) = json.loads(found["json"].stdout)["services"]
    assert [each["verdict"] for each in service["checks"]] == ["pass", "fail"]
    assert service["checks"][1]["failures"][0] == {"where": "status", "expected": "201", "actual": '200 {"soap": 3}'}


def test_junit_is_a_suite_for_each_service(root: Path, url: str) -> None:
    tree = xml.fromstring(run(root, "shop", "stock", "--base-url", url, "--format", "junit").stdout)
    assert (tree.tag, tree.attrib["tests"], tree.attrib["failures"], tree.attrib["errors"]) == (
        "testsuites",
        "2",
        "1",
        "0",
    )
    shop, stock = tree
    assert (shop.attrib["name"], stock.attrib["name"], len(stock)) == ("shop", "stock", 0)
    answers, sells = shop
    assert (answers.attrib["name"], len(answers)) == ("answers", 0)
    assert sells.attrib["name"] == 'sells <soap> & "towels"'
    assert "header x-made-by: expected" in (sells[0].text or "")


def test_what_cannot_be_reached_fails_and_says_why(root: Path) -> None:
    done = run(root, "shop", "--base-url", "http://127.0.0.1:1", "--format", "table")
    assert done.returncode == 1
    assert done.stdout.count("connection refused: nothing listens there") == 2


@pytest.mark.parametrize(
    "wrong",
    ["shop:80", "ftp://shop", "http://", "http://shop:99999", "http://shop?a=1", "http://ann:pw@shop", "http://[::1"],
)
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(UsageError, match="--base-url"):
        base_of(wrong)


def test_an_address_is_for_services_that_are_named(root: Path) -> None:
    done = run(root, "--base-url", "http://127.0.0.1:1")
    assert (done.returncode, "name the services" in done.stderr) == (2, True)


@contextmanager
def secured(folder: Path, days: int) -> Iterator[tuple[str, Path]]:
    """A server under a certificate of its own that is valid for so many days; the file by which it can be trusted."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not installed, which makes the certificate of this test")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", str(key), "-out", str(certificate), "-days", str(days), "-subj", "/CN=localhost"]
    subprocess.run([*made, "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_address[1]}", certificate
    finally:
        server.shutdown()
        server.server_close()


def test_a_certificate_is_warned_of_before_it_ends(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manifest = root / "manifests/shop.yaml"
    expect = "expect: {certificate_days: 14}"
    manifest.write_text(SHOP.partition("smoke:")[0] + f"smoke: [{{name: c, request: {{path: /}}, {expect}}}]\n")
    for days, words in ((10, "expected valid for 14 days or more, got 9 days: it ends on"), (20, "pass  c")):
        with secured(tmp_path, days) as (url, certificate):
            monkeypatch.delenv("SSL_CERT_FILE", raising=False)
            untrusted = run(root, "shop", "--base-url", url)
            assert "its certificate is not trusted: it is signed by itself" in untrusted.stdout, untrusted.stderr
            monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
            assert words in run(root, "shop", "--base-url", url).stdout
