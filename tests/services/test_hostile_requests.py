"""Whatever a stranger sends is told as a mistake of the sender's: directly, and through a front door."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass

import httpx
import pytest
from front_trial import FrontTrial
from hostile_requests import EVERY, pictured
from service_process import Running, running
from test_gateway_captions import GENEROUS, callees, calls

from oneway.targets.local.proxy.access_log import AccessLog
from oneway.targets.local.proxy.log_settings import access_log

__all__ = ["callees"]

PROBLEM = b"content-type: application/problem+json"
# In these words Go's HTTP server refuses what it cannot read, before Caddy sees a request: nobody can change them, and
# nothing of it reaches a service or a log.
UNREADABLE = {400, 431, 501, 505}


@dataclass(frozen=True, slots=True)
class Doors:
    """The same gateway directly and behind a front door, and the id service directly."""

    gateway: Running
    identity: int
    front: int
    trial: FrontTrial


@pytest.fixture(scope="module")
def doors(callees: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    folder = tmp_path_factory.mktemp("doors")
    trial = FrontTrial(tmp_path_factory.mktemp("front"))
    with ExitStack() as stack:
        stack.enter_context(closing(trial))
        environ = calls(*callees) | GENEROUS
        gateway = stack.enter_context(running("gateway_service.app:app", folder / "gateway", environ))
        front = trial.open("gateway", (100, gateway))  # type: ignore[arg-type]
        yield Doors(gateway, httpx.URL(callees[1]).port or 0, front, trial)


def answer(port: int, sent: bytes) -> bytes:
    """All that comes back, until there is a whole answer or the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        came = b""
        with suppress(ConnectionResetError, BrokenPipeError):
            connection.sendall(sent)
        with suppress(ConnectionResetError):
            while not _is_whole(came) and (more := connection.recv(65536)):
                came += more
        return came


def _is_whole(came: bytes) -> bool:
    head, end, body = came.partition(b"\r\n\r\n")
    size = re.search(rb"(?i)content-length: *(\d+)", head)
    return bool(end and size and len(body) >= int(size[1]))


def status_of(came: bytes) -> int:
    assert came.startswith(b"HTTP/1."), came[:200]
    return int(came.split()[1])


@pytest.mark.parametrize("service", ["gateway", "id"])
def test_directly_each_is_a_problem_of_the_callers(doors: Doors, service: str) -> None:
    port = doors.gateway.port if service == "gateway" else doors.identity
    for name, sent in EVERY.items():
        came = answer(port, sent)
        status = status_of(came)
        assert 400 <= status < 500, (name, came[:300])
        head, _, body = came.partition(b"\r\n\r\n")
        assert PROBLEM in head.lower(), (name, head)
        assert json.loads(body)["status"] == status, name


def test_through_a_front_door_none_of_them_counts_against_the_service(doors: Doors) -> None:
    for name, sent in EVERY.items():
        came = answer(doors.front, sent)
        status = status_of(came)
        if PROBLEM in came.lower():
            assert 400 <= status < 500, (name, came[:300])
        else:
            # What is left is what Go reads differently from us, and without harm: it hands on what it has read.
            assert status in UNREADABLE or name in READ_ALL_THE_SAME, (name, came[:300])
    releases = {f"127.0.0.1:{doors.gateway.port}": 1}
    log = AccessLog(access_log("gateway", doors.trial.folder / "logs"), lambda: 0.0)
    log.read(releases)
    statuses = {each.status for each in log.served(float("-inf"))}
    assert statuses
    assert max(statuses) < 500
    log.close()


READ_ALL_THE_SAME = {"smuggling: length and chunks", "smuggling: chunks and length"}


@pytest.mark.parametrize("part", [b"", b"\xff\xd8"])
def test_a_body_that_does_not_come_is_given_up_at_its_deadline(doors: Doors, part: bytes) -> None:
    came = answer(doors.gateway.port, pictured(b"X-Request-Deadline-Ms: 300", b"Content-Length: 100", body=part))
    assert status_of(came) == 408
    assert PROBLEM in came.lower()


def test_after_all_of_it_the_service_is_well(doors: Doors) -> None:
    """Nothing of it was an error of the service's, nor is counted as one."""
    assert answer(doors.gateway.port, pictured(b"Content-Length: 4", body=b"\xff\xd8\xff\xe0")).split()[1] == b"200"
    assert '"level": "error"' not in doors.gateway.log.read_text()
    exposed = httpx.get(f"{doors.gateway.url}/metrics", trust_env=False).text
    assert "http_request_duration_seconds_count" in exposed
    assert not re.findall(r'http_request_duration_seconds_count\{[^}]*status="5[^}]*\} [1-9]', exposed)
