"""RabbitMQ on this machine: what is asked of its programs, what it is told, and how it is asked whether it is ready."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.targets.local.backing import ask_rabbitmq, recipes, start_rabbitmq
from oneway.targets.local.backing.backing_plan import readiness_command

START = b"\x01\x00\x00\x00\x00\x00\x20\x00\x0a\x00\x0a\x00\x09"


def broker(
    image: str = "rabbitmq:3.13", url: str = "amqp://shop:${password}@${address}/%2F", **fields: object
) -> Service:
    body = {
        "apiVersion": "oneway/v1",
        "service": "broker",
        "version": "1.0.0",
        "owner": "ann",
        "domain": "works",
        "kind": "backing",
        "build": {"image": image},
        "endpoints": [{"name": "amqp", "port": 5672, "protocol": "tcp"}],
        "connection": {"variable": "AMQP_URL", "url": url, "secret": {"name": "broker", "key": "password"}},
    }
    return decode(body | fields, Service)


def program(file: Path) -> Path:
    """One that leaves a mark when it is run."""
    file.parent.mkdir(parents=True)
    file.write_text(f"#!/bin/sh\ntouch {file}.ran\n")
    file.chmod(0o755)
    return file


def test_nothing_is_started_to_learn_its_version_and_debians_wrapper_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrapper = program(tmp_path / "sbin/rabbitmq-server")
    servers = [program(tmp_path / f"lib/rabbitmq_server-{each}/sbin/rabbitmq-server") for each in ("3.10.8", "4.0.2")]
    (tmp_path / "bin").mkdir()
    links = [tmp_path / "bin" / each.parents[1].name for each in servers]
    for link, server in zip(links, servers, strict=True):
        link.mkdir()
        (link / "rabbitmq-server").symlink_to(server)
    monkeypatch.setenv("PATH", str(wrapper.parent))
    monkeypatch.setattr(recipes, "_FOLDERS", (str(tmp_path / "bin/*"),))
    recipe = recipes.RECIPES["rabbitmq"]
    for wanted, version in (("3.13", "3.10.8"), ("4", "4.0.2"), ("4.1", "4.0.2"), ("5", "4.0.2"), ("", "4.0.2")):
        assert recipe.version(recipes.find_program(recipe, wanted)) == version
    said = "rabbitmq:3.13 is declared, and this machine has rabbitmq-server 3.10.8"
    assert recipes.describe_difference(broker()) == said
    assert recipes.find_lack(broker()) is None
    assert not [each for each in (wrapper, *servers) if Path(f"{each}.ran").exists()]
    monkeypatch.setattr(recipes, "_FOLDERS", ())
    lack = recipes.find_lack(broker())
    assert lack is not None
    assert "apt-get install rabbitmq-server" in lack.hint


@pytest.mark.parametrize(
    ("url", "user", "vhost"),
    [
        ("amqp://shop:${password}@${address}/%2F", "shop", "/"),
        ("amqp://shop:${password}@${address}/orders", "shop", "orders"),
        ("amqp://ann:${password}@${address}", "ann", "/"),
        ("amqp://${address}", "guest", "/"),
    ],
)
def test_its_user_and_vhost_are_those_of_the_address(url: str, user: str, vhost: str) -> None:
    command = recipes.RECIPES["rabbitmq"].command(broker(url=url), "/x/rabbitmq-server", Path("/data"), 5673)
    assert command[-6:] == ["/x/rabbitmq-server", "/data", "5673", "broker-5673", user, vhost]


@pytest.mark.parametrize("password", ["secret", "pä ss\"'\\", ""])
def test_what_it_is_told_has_a_salted_hash_and_no_password(password: str) -> None:
    text = json.dumps(start_rabbitmq.definitions("shop", password, "orders"), ensure_ascii=False)
    assert not password or password not in text
    (user,) = json.loads(text)["users"]
    salted = base64.b64decode(user["password_hash"])
    assert salted[4:] == hashlib.sha256(salted[:4] + password.encode()).digest()
    assert start_rabbitmq.hashed(password) != user["password_hash"]


def test_nothing_of_it_listens_for_others() -> None:
    told = start_rabbitmq.variables("/data", "broker-5673", 4000, 4001)
    assert told["ERL_EPMD_ADDRESS"] == "127.0.0.1"
    assert "{127,0,0,1}" in told["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"]
    assert all(value.startswith("/data") for name, value in told.items() if name.endswith(("_FILE", "_BASE", "_DIR")))


def test_who_declares_a_command_of_its_own_is_asked_with_that() -> None:
    assert readiness_command(broker(), {"amqp": 5673})[-2:] == [ask_rabbitmq.__name__, "5673"]
    own = broker(health={"command": ["ask-it", "5672"]})
    assert readiness_command(own, {"amqp": 5673}) == ["ask-it", "5673"]


@contextmanager
def _answering(answer: bytes) -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with suppress(OSError):
                connection, _ = server.accept()
                with connection:
                    if connection.recv(8) == b"AMQP\x00\x00\x09\x01":
                        connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize(
    ("answer", "status"), [(START, 0), (b"", 1), (b"AMQP\x00\x00\x09\x01", 1), (b"HTTP/1.1 400 Bad Request\r\n\r\n", 1)]
)
def test_only_a_broker_that_offers_a_connection_is_ready(answer: bytes, status: int) -> None:
    with _answering(answer) as port:
        done = subprocess.run(
            [sys.executable, "-S", "-m", ask_rabbitmq.__name__, str(port)],
            env={**os.environ, "PYTHONPATH": str(Path(recipes.__file__).parents[4])},
            timeout=60,
            check=False,
        )
    assert done.returncode == status
