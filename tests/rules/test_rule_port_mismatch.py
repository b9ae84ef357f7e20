"""Services that listen where nobody asks."""

from collections.abc import Callable

import pytest

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]
ENDPOINTS = "endpoints: [{name: http, port: 8082}, {name: admin, port: 9000}]\n"


def test_the_argument_and_the_endpoints(system: System, said: Said) -> None:
    files = system(id=f'build:\n  path: services/id\n  start: [python, app.py, --port, "8080"]\n{ENDPOINTS}')
    (found,) = said("port-mismatch", files)
    assert (str(found.location), found.severity) == ("id.yaml:8:35", "warning")
    assert found.message == "id is started on port 8080, and declares ports 8082, 9000"
    assert found.hint.startswith("make the two the same: start it on 8082")
    assert [str(each.location) for each in found.related] == ["id.yaml:9:1"]


@pytest.mark.parametrize("words", ["--port=80", '-p, "80"', 'x, --port, "80", -p, "81"'])
def test_every_spelling(system: System, said: Said, words: str) -> None:
    files = system(id=f"build: {{path: services/id, start: [serve, {words}]}}\n{ENDPOINTS}")
    (found,) = said("port-mismatch", files)
    assert found.message.startswith("id is started on port 80,")


@pytest.mark.parametrize(
    "words",
    [
        '--port, "8082"',
        "--port=9000",
        '-p, "4", --port, "8082"',
        "--port, $PORT",
        "-p, run.pid",
        '--ports, "1"',
        "--port",
    ],
)
def test_what_agrees_or_says_no_port_is_silent(system: System, said: Said, words: str) -> None:
    files = system(id=f"build: {{path: services/id, start: [serve, {words}]}}\n{ENDPOINTS}")
    assert said("port-mismatch", files) == []


def test_without_endpoints_there_is_nothing_to_compare(system: System, said: Said) -> None:
    assert said("port-mismatch", system(id='build: {path: services/id, start: [work, -p, "4"]}\n')) == []


def test_two_services_may_declare_the_same_port(system: System, said: Said) -> None:
    text = 'build: {path: services/x, start: [serve, --port, "8082"]}\nendpoints: [{name: http, port: 8082}]\n'
    assert said("port-mismatch", system(a=text, b=text)) == []
