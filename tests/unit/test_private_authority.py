"""An authority of one's own is trusted where it is named in SSL_CERT_FILE; without, it is said what is missing."""

import datetime
import http.server
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

DAY = datetime.timedelta(days=1)
NOW = datetime.datetime.now(datetime.UTC)
MANIFESTS = {
    "platform": "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n",
    "shop": "apiVersion: oneway/v1\nservice: shop\nversion: 1.0.0\nowner: ann\ndomain: core\n"
    "endpoints: [{name: http, port: 8000}]\nrollout: {judge: {of: 1}}\n"
    "smoke: [{name: answers, request: {path: /}, expect: {certificate_days: 2}}]\n",
}


@dataclass(frozen=True)
class Authority:
    """Signs certificates, and is itself known to nobody."""

    name: x509.Name
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def sign(self, host: str, ends: datetime.timedelta) -> tuple[bytes, bytes]:
        """A key and a certificate for the host."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = signed(named(host), key, self.name, self.key, ends, host)
        return pem(key), made.public_bytes(Encoding.PEM)


def named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def signed(
    subject: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Name,
    by: ec.EllipticCurvePrivateKey,
    ends: datetime.timedelta,
    host: str = "",
) -> x509.Certificate:
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    made = made.serial_number(x509.random_serial_number()).not_valid_before(NOW - 30 * DAY).not_valid_after(NOW + ends)
    made = made.add_extension(x509.BasicConstraints(ca=not host, path_length=None), critical=True)
    if host:
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return made.sign(by, hashes.SHA256())


def authority(name: str = "ours") -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(named(name), key, signed(named(name), key, named(name), key, 400 * DAY))


@contextmanager
def secured(
    folder: Path, by: Authority, host: str = "localhost", ends: datetime.timedelta = 90 * DAY, whole: bool = False
) -> Iterator[str]:
    """A server under a certificate of that authority; `whole` sends the authority's along."""
    key, certificate = by.sign(host, ends)
    (folder / "key.pem").write_bytes(key)
    (folder / "chain.pem").write_bytes(certificate + (by.certificate.public_bytes(Encoding.PEM) if whole else b""))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "chain.pem", folder / "key.pem")

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
        yield f"https://localhost:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def smoke(root: Path, url: str, trusted: Path | None) -> tuple[int, str]:
    (root / "manifests").mkdir(exist_ok=True)
    for name, text in MANIFESTS.items():
        (root / f"manifests/{name}.yaml").write_text(text)
    known = {name: value for name, value in os.environ.items() if not name.startswith("SSL_CERT")}
    environment = known | ({"SSL_CERT_FILE": str(trusted)} if trusted is not None else {})
    command = [sys.executable, "-m", "oneway.cli.main", "smoke", "shop", "--base-url", url]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=120, check=False, env=environment)
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize("whole", [False, True])
def test_it_is_trusted_where_it_is_named_and_its_absence_is_told(tmp_path: Path, whole: bool) -> None:
    ours, theirs = authority(), authority("theirs")
    files = {name: tmp_path / f"{name}.pem" for name in ("ours", "theirs", "gone")}
    for name, each in (("ours", ours), ("theirs", theirs)):
        files[name].write_bytes(each.certificate.public_bytes(Encoding.PEM))
    with secured(tmp_path, ours, whole=whole) as url:
        assert smoke(tmp_path, url, files["ours"])[0] == 0
        for trusted, words in (
            (None, "set SSL_CERT_FILE to the file of the authority that you trust"),
            (files["theirs"], f"the authorities in {files['theirs']}, which SSL_CERT_FILE names, did not"),
            (files["gone"], f"SSL_CERT_FILE names {files['gone']}, which is no file that can be read"),
        ):
            status, said = smoke(tmp_path, url, trusted)
            assert status == 1
            assert f"its certificate is not trusted: nobody here knows who signed it; {words}" in " ".join(said.split())


@pytest.mark.parametrize(
    ("host", "ends", "words"),
    [
        ("elsewhere.example", 90 * DAY, "it was made for another name"),
        ("localhost", -1 * DAY, "it has expired"),
        ("localhost", 1 * DAY + datetime.timedelta(hours=1), "expected valid for 2 days or more, got 1 day"),
    ],
)
def test_a_trusted_authority_excuses_nothing_else(
    tmp_path: Path, host: str, ends: datetime.timedelta, words: str
) -> None:
    ours, file = authority(), tmp_path / "ours.pem"
    file.write_bytes(ours.certificate.public_bytes(Encoding.PEM))
    with secured(tmp_path, ours, host, ends) as url:
        status, said = smoke(tmp_path, url, file)
    assert (status, words in " ".join(said.split())) == (1, True), said
