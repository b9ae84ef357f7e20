"""A user sees: `not ready: nothing listens on its port yet`, or `No such file`, though the cause is cheap to see."""

from typing import Any

import pytest
from local_checkout import Checkout
from small_server import SERVER

pytest_plugins = ("given_checkout",)
SLOW = {"startup": {"path": "/readyz", "within": "2s"}, "ready": "/readyz"}


def refusal(checkout: Checkout, text: str, start: list[str] | None = None, **fields: Any) -> str:
    """Why the program is refused."""
    build = {"path": "services/id", "runtime": "python3.11", "start": start or ["python", "tiny_service.py"]}
    checkout.write_program("id", "1.0.0", text, build=build, health=SLOW, **fields)
    done = checkout.run("deploy", "id")
    assert done.returncode == 1, done.stdout
    return done.stdout


SIX = "ThreadingHTTPServer.address_family = __import__('socket').AF_INET6\n"


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("last", "told"),
    [
        (f"{SIX}serve('::1')", "it listens on [::1]:"),
        ("serve('127.0.0.2')", "it listens on 127.0.0.2:"),
        ("serve(port=int(os.environ['PORT']) + 1)", "it listens on 127.0.0.1:"),
    ],
    ids=["the other loopback", "another address", "another port"],
)
def test_where_it_does_listen(checkout: Checkout, last: str, told: str) -> None:
    said = refusal(checkout, f"{SERVER}\n{last}\n")
    assert told in said
    assert "instead of 127.0.0.1:" in said


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("words", "port"), [(["--bind=0.0.0.0:8426"], 8426), (["--listen", "http://[::]:8427/"], 8427)]
)
def test_a_port_in_any_usual_place_is_led_to_the_replicas_own(checkout: Checkout, words: list[str], port: int) -> None:
    last = "import re; serve(port=int(re.findall('[0-9]+', ' '.join(sys.argv[1:]))[-1]))\n"
    build = {"path": "services/id", "runtime": "python3.11", "start": ["python", "tiny_service.py", *words]}
    checkout.write_program("id", "1.0.0", f"{SERVER}\n{last}", build=build, endpoints=[{"name": "http", "port": port}])
    done = checkout.run("deploy", "id")
    assert done.returncode == 0, done.stdout


@pytest.mark.timeout(240)
def test_a_port_in_the_middle_of_a_command_line_is_told(checkout: Checkout) -> None:
    start = ["sh", "-c", "exec python tiny_service.py --port 8417 --verbose"]
    text = f"{SERVER}\nserve(port=int(sys.argv[2]))\n"
    said = refusal(checkout, text, start, endpoints=[{"name": "http", "port": 8417}])
    assert "it listens on 127.0.0.1:8417 instead of 127.0.0.1:" in said
    assert "could not be replaced: start it on $PORT" in said


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("script", "mode", "told"),
    [
        (b"#!/usr/bin/env python3\r\nprint(1)\r\n", 0o755, "its first line ends in CR, as Windows writes it"),
        (b"#!/bin/sh\r\nexec x\r\n", 0o755, "its first line ends in CR, as Windows writes it"),
        (b"#!/opt/no/such/interpreter\nx\n", 0o755, "its first line names '/opt/no/such/interpreter'"),
        (b"#!/bin/sh\nexec x\n", 0o644, "it is not executable: `chmod +x` it"),
        (b"exec x\n", 0o755, "it has no line `#!` that says what runs it"),
        (None, 0, "there is no such file"),
    ],
    ids=["CR with env", "CR", "interpreter", "mode", "no #!", "missing"],
)
def test_why_a_program_cannot_run(checkout: Checkout, script: bytes | None, mode: int, told: str) -> None:
    program = checkout.root / "services/id/run.sh"
    program.parent.mkdir(parents=True)
    if script is not None:
        program.write_bytes(script)
        program.chmod(mode)
    said = refusal(checkout, "", ["./run.sh"])
    assert f"cannot run ./run.sh: {told}" in said


@pytest.mark.timeout(240)
@pytest.mark.parametrize(
    ("start", "told"),
    [
        (["gunicornn", "app"], "cannot run gunicornn: no program of that name is installed"),
        (["python", "other.py"], "can't open file"),
        (["python", "-c", "import flask_that_is_not_there"], "No module named 'flask_that_is_not_there'"),
    ],
)
def test_what_is_missing_is_named(checkout: Checkout, start: list[str], told: str) -> None:
    assert told in refusal(checkout, "", start)
