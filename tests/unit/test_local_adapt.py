"""What a manifest says of addresses, led to where a replica of this machine is."""

import pytest

from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.targets.local.processes.adapt import adapt_command, adapt_variables, unadapted


def _service(start: list[str], env: dict[str, str] | None = None) -> Service:
    return decode(
        {
            "apiVersion": "oneway/v1",
            "service": "id",
            "version": "1.0.0",
            "owner": "ann",
            "domain": "works",
            "build": {"path": "x", "start": start},
            "env": env or {},
            "endpoints": [{"name": "http", "port": 8416}, {"name": "admin", "port": 9000}],
        },
        Service,
    )


PORTS = {"http": 20001, "admin": 20002}


@pytest.mark.parametrize(
    ("word", "led"),
    [
        ("8416", "20001"),
        ("9000", "20002"),
        ("0.0.0.0", "127.0.0.1"),
        ("::", "127.0.0.1"),
        ("--port=8416", "--port=20001"),
        ("--server.port=9000", "--server.port=20002"),
        ("-Dserver.port=8416", "-Dserver.port=20001"),
        ("-p8416", "-p20001"),
        ("--host=0.0.0.0", "--host=127.0.0.1"),
        ("--bind=0.0.0.0:8416", "--bind=127.0.0.1:20001"),
        ("0.0.0.0:8416", "127.0.0.1:20001"),
        (":8416", "127.0.0.1:20001"),
        ("--addr=:9000", "--addr=127.0.0.1:20002"),
        ("[::]:8416", "127.0.0.1:20001"),
        ("*:8416", "127.0.0.1:20001"),
        ("http://0.0.0.0:8416", "http://127.0.0.1:20001"),
        ("--urls=http://*:8416/", "--urls=http://127.0.0.1:20001/"),
        ("tcp@0.0.0.0:8416", "tcp@127.0.0.1:20001"),
        *((word, word) for word in ("84160", "--workers=8416", "--port=8000", "x8416", "10.0.0.0", "0.0.0.0:80")),
        *((word, word) for word in ("http://other:8416", "app:8416x", "--size=9000", "node.js:app", "a:b:8416")),
    ],
)
def test_words_of_a_command(word: str, led: str) -> None:
    assert adapt_command(_service(["run", word]), PORTS) == ["run", led]


@pytest.mark.parametrize(
    ("name", "value", "led"),
    [
        ("HTTP_PORT", "8416", "20001"),
        ("ADMIN_PORT", "9000", "20002"),
        ("BIND", "0.0.0.0:8416", "127.0.0.1:20001"),
        ("ASPNETCORE_URLS", "http://0.0.0.0:8416", "http://127.0.0.1:20001"),
        ("LIMIT", "8416", "8416"),
        ("LIMIT_MS", "9000", "9000"),
        ("CATALOG", "http://catalog:8416", "http://catalog:8416"),
    ],
)
def test_values_of_variables(name: str, value: str, led: str) -> None:
    assert adapt_variables(_service([], {name: value}), PORTS) == {name: led}


def test_what_could_not_be_led_is_known() -> None:
    spec = _service(["sh", "-c", "serve --port 8416", "--port", "9000"])
    assert unadapted(spec, PORTS) == ["serve --port 8416"]
