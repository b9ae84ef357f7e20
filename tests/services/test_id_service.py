"""The id service over HTTP: what it answers, what it refuses, and when it does not start."""

import functools
import json
import re
import socket
import string
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from conformance import check_answer, check_committed
from service_process import REPOSITORY, SOURCES, Running, free_port, running, start, until

from id_service.app import create
from id_service.generator import LEAD, Generator, system_clock
from id_service.issuer import NumberedIssuer
from servicekit import Settings
from servicekit.testing import client_of

DESCRIPTION = REPOSITORY / "services/id/openapi.json"
SETTINGS = Settings(service="id", version="1.0.0", environment="test", instance=5)


class Clock:
    """The system's, set wrong by `offset` milliseconds."""

    offset = 0

    def __call__(self) -> int:
        return system_clock() + self.offset


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    log = tmp_path_factory.mktemp("id") / "log"
    with running("id_service.app:app", log, {"ONEWAY_ENVIRONMENT": "test", "ONEWAY_INSTANCE": "5"}) as service:
        yield service


@pytest.fixture(scope="module")
def client(service: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False) as client:
        yield client


def test_issues_one_id_by_default(client: httpx.Client) -> None:
    answer = client.post("/v1/ids")
    assert answer.status_code == 200
    assert re.fullmatch(r"[0-9]{1,19}", answer.json()["ids"][0])
    assert answer.headers["Cache-Control"] == "no-store"
    check_answer(client, answer, "/v1/ids")


def test_issues_as_many_as_asked_for_in_order(client: httpx.Client) -> None:
    ids = [int(text) for text in client.post("/v1/ids", params={"count": 1000}).json()["ids"]]
    assert len(set(ids)) == 1000
    assert ids == sorted(ids)


@pytest.mark.parametrize("count", [1, 2, 4096, 4097, 100_000])
def test_every_format_holds_the_same_ascending_ids(client: httpx.Client, count: int) -> None:
    read: dict[str, list[int]] = {}
    for format in ("decimal", "base62", "binary"):
        answer = client.post("/v1/ids", params={"count": count, "format": format})
        assert answer.status_code == 200
        if format == "binary":
            assert answer.headers["Content-Type"] == "application/octet-stream"
            read[format] = [int.from_bytes(answer.content[i : i + 8]) for i in range(0, len(answer.content), 8)]
        else:
            check_answer(client, answer, "/v1/ids")
            texts = answer.json()["ids"]
            assert format == "decimal" or texts == sorted(texts)
            read[format] = [int(text) if format == "decimal" else from_base62(text) for text in texts]
    assert [len(ids) for ids in read.values()] == [count] * 3
    issued = [number for ids in read.values() for number in ids]
    assert issued == sorted(set(issued))


def from_base62(text: str) -> int:
    digits = string.digits + string.ascii_uppercase + string.ascii_lowercase
    return functools.reduce(lambda number, digit: number * 62 + digits.index(digit), text, 0)


def test_two_that_were_given_one_number_issue_as_two_workers(tmp_path: Path) -> None:
    environ = {"ONEWAY_ENVIRONMENT": "test", "ONEWAY_INSTANCE": "0"}
    with running("id_service.app:app", tmp_path / "one", environ) as one:
        with running("id_service.app:app", tmp_path / "two", environ) as two:
            issued = [issue_as(service.url) for service in (one, two, one, two)]
        assert "worker number 0 is held by another process on this machine" in (tmp_path / "two").read_text()
    assert [worker for worker, _ in issued] == [0, 1, 0, 1]
    assert len({number for _, ids in issued for number in ids}) == 4000


def issue_as(url: str) -> tuple[int, list[str]]:
    ids = httpx.post(f"{url}/v1/ids", params={"count": 1000}, trust_env=False).json()["ids"]
    return httpx.get(f"{url}/v1/ids/{ids[0]}", trust_env=False).json()["worker"], ids


def test_without_its_store_it_is_not_ready_and_says_why(tmp_path: Path) -> None:
    log = tmp_path / "log"
    (tmp_path / "leases").mkdir()
    process = start("id_service.app:app", port := free_port(), log, {"ID_LEASES": str(tmp_path / "leases")})
    try:
        until(lambda: "no lease: the store of leases" in log.read_text())
        until(lambda: listens(port))
        answer = httpx.post(f"http://127.0.0.1:{port}/v1/ids", trust_env=False)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert "this process has no worker number: the store of leases" in answer.json()["detail"]
        assert httpx.get(f"http://127.0.0.1:{port}/readyz", trust_env=False).status_code == 503
        (tmp_path / "leases").rmdir()
        until(lambda: httpx.post(f"http://127.0.0.1:{port}/v1/ids", trust_env=False).status_code == 200)
    finally:
        process.kill()
        process.wait()


def listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0


def test_concurrent_callers_never_get_the_same_id(client: httpx.Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: client.post("/v1/ids", params={"count": 50}).json()["ids"], range(80)))
    issued = [number for ids in answers for number in ids]
    assert len(set(issued)) == len(issued) == 4000


def test_says_what_an_id_holds(client: httpx.Client) -> None:
    number = client.post("/v1/ids").json()["ids"][0]
    answer = client.get(f"/v1/ids/{number}")
    check_answer(client, answer, "/v1/ids/{id}")
    assert answer.json()["worker"] == 5
    assert answer.json()["id"] == number


@pytest.mark.parametrize(
    "query", ["count=0", "count=100001", "count=-1", "count=1.5", "count=", "count=1e3", "count=٣", "count=1&count=2"]
)
def test_a_count_that_makes_no_sense_is_a_400_that_says_so(client: httpx.Client, query: str) -> None:
    answer = client.post(f"/v1/ids?{query}")
    assert answer.status_code == 400
    assert "count" in answer.json()["detail"]
    check_answer(client, answer, "/v1/ids")


@pytest.mark.parametrize("text", ["abc", "-1", "9223372036854775808", "9" * 400, "%00", "%D9%A3"])
def test_what_is_no_id_is_a_400(client: httpx.Client, text: str) -> None:
    answer = client.get(f"/v1/ids/{text}")
    assert answer.status_code == 400
    check_answer(client, answer, "/v1/ids/{id}")


def test_the_committed_description_is_generated_and_served(client: httpx.Client) -> None:
    check_committed(create(SETTINGS), DESCRIPTION)
    assert client.get("/openapi.json").content == DESCRIPTION.read_bytes()


@pytest.mark.anyio
async def test_a_clock_set_far_back_means_503_and_not_ready_until_it_has_caught_up() -> None:
    clock = Clock()
    generator = Generator(5, clock)
    clock.offset += LEAD + 1
    async with client_of(create(SETTINGS, NumberedIssuer(generator))) as client:
        assert (await client.post("/v1/ids")).status_code == 200
        clock.offset -= 10_000
        refused = await client.post("/v1/ids")
        assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
        assert (await client.get("/readyz")).status_code == 503
        assert "the clock must go on by" in (await client.get("/readyz")).text
        clock.offset += 10_000
        assert (await client.get("/readyz")).status_code == 200
        assert (await client.post("/v1/ids")).status_code == 200


@pytest.mark.anyio
async def test_a_clock_set_back_a_little_more_than_is_bridged_is_waited_for() -> None:
    clock = Clock()
    generator = Generator(5, clock)
    clock.offset += LEAD + 1
    async with client_of(create(SETTINGS, NumberedIssuer(generator))) as client:
        first = int((await client.post("/v1/ids")).json()["ids"][0])
        clock.offset -= LEAD + 100
        assert int((await client.post("/v1/ids")).json()["ids"][0]) > first


def test_refuses_to_start_without_a_number_of_its_own(tmp_path: Path) -> None:
    log = tmp_path / "log"
    process = start("id_service.app:app", free_port(), log, {"ONEWAY_ENVIRONMENT": "prod", "ID_LEASES": "none"})
    assert process.wait(timeout=20) == 1
    line = json.loads(log.read_text().splitlines()[-1])
    assert line["level"] == "critical"
    assert "ONEWAY_INSTANCE is not set and ID_LEASES is none" in line["message"]


@pytest.mark.parametrize("number", ["1024", "-1", "one", "1.0"])
def test_refuses_a_number_that_does_not_fit(tmp_path: Path, number: str) -> None:
    environ = {"ONEWAY_ENVIRONMENT": "prod", "ONEWAY_INSTANCE": number}
    log = tmp_path / "log"
    assert start("id_service.app:app", free_port(), log, environ).wait(timeout=20) == 1
    assert "an integer from 0 to 1023" in log.read_text()


def test_a_process_that_takes_over_a_number_repeats_no_id(tmp_path: Path) -> None:
    environ = {"ONEWAY_ENVIRONMENT": "test", "ONEWAY_INSTANCE": "9"}
    issued: list[int] = []
    for life in range(3):
        with running("id_service.app:app", tmp_path / f"log-{life}", environ) as service:
            url = f"{service.url}/v1/ids"
            for _ in range(20):
                issued += map(int, httpx.post(url, params={"count": 1000}, trust_env=False).json()["ids"])
            service.process.send_signal(9)
            assert service.process.wait(timeout=10) == -9
    assert issued == sorted(set(issued))
    assert len(issued) == 60_000


def test_imports_nothing_slow() -> None:
    """A start is quick because the client library and the like are loaded only by services that make calls."""
    slow = {"fastapi.telemetry._runtime", "httpx", "jinja2", "uvicorn"}
    script = f"import sys; import id_service.app; print(sorted({slow} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], env={"PYTHONPATH": ":".join(map(str, SOURCES))}, capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr
