"""What a service owes its callers whatever its own code does: ids, deadlines, limits, and errors of one shape."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from servicekit import Problem, RequestContext, Service, Settings, current_request, unavailable
from servicekit.logs import JsonLines
from servicekit.testing import client_of

SETTINGS = Settings("sample", "1.2.3", "test", 4)
pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def context() -> RequestContext:
    current = current_request()
    assert current is not None
    return current


async def about(_: Request) -> Response:
    context().notes["colour"] = "blue"
    return JSONResponse({"request_id": context().request_id, "remaining": context().remaining()})


async def echo(request: Request) -> Response:
    return JSONResponse({"size": len(await request.body())})


async def slow(_: Request) -> Response:
    await asyncio.sleep(30)
    return Response()


async def broken(_: Request) -> Response:
    raise RuntimeError("the password is hunter2")


async def busy(_: Request) -> Response:
    raise unavailable("come back later", 2.1)


async def forbidden(_: Request) -> Response:
    raise Problem(403, "not for you", members={"owner": "alice"})


ROUTES = [
    Route("/about/{name}", about),
    Route("/echo", echo, methods=["POST"]),
    Route("/slow", slow),
    Route("/broken", broken),
    Route("/busy", busy),
    Route("/forbidden", forbidden),
]


def sample() -> Service:
    return Service(SETTINGS, ROUTES, largest_body=1000, longest_request=5)


def assert_problem(answer: httpx.Response, status: int) -> None:
    document = answer.json()
    assert answer.status_code == document["status"] == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["type"] == "about:blank"
    assert document["title"]
    assert document["detail"]


@pytest.mark.parametrize("given", ["a", "trace-1/2:3+4=5_6.7", "x" * 128])
async def test_a_request_id_is_taken_over(given: str) -> None:
    async with client_of(sample()) as client:
        answer = await client.get("/about/x", headers={"X-Request-ID": given})
    assert answer.headers["X-Request-ID"] == answer.json()["request_id"] == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "a\tb", "<script>", "é", '"', "a\x7f"])
async def test_a_request_id_that_is_not_plain_is_replaced(given: str) -> None:
    async with client_of(sample()) as client:
        answer = await client.get("/about/x", headers={b"X-Request-ID": given.encode()})
    assert answer.status_code == 200
    assert len(answer.headers["X-Request-ID"]) == 32


async def test_the_deadline_is_the_callers_but_never_longer_than_the_services() -> None:
    async with client_of(sample()) as client:
        for given, low, high in (("1500", 1.0, 1.5), ("999999999", 4.0, 5.0), (None, 4.0, 5.0)):
            headers = {"X-Request-Deadline-Ms": given} if given else {}
            remaining = (await client.get("/about/x", headers=headers)).json()["remaining"]
            assert low < remaining <= high


@pytest.mark.parametrize("given", ["-1", "1.5", "soon", "", "1" * 13, "٣"])
async def test_a_deadline_that_is_no_number_is_a_400(given: str) -> None:
    async with client_of(sample()) as client:
        assert_problem(await client.get("/about/x", headers={b"X-Request-Deadline-Ms": given.encode()}), 400)


@pytest.mark.parametrize(
    ("given", "longest", "shortest", "status"),
    [
        ("0", 5, 1, 408),
        ("00", 5, 0, 408),
        ("1", 5, 1, 408),
        ("80", 5, 1, 408),
        ("80", 5, 0.05, 504),
        ("80", 0.05, 1, 504),
        (None, 0.05, 1, 504),
    ],
)
async def test_what_is_late_is_the_callers_fault_only_if_it_gave_too_little_time(
    given: str | None, longest: float, shortest: float, status: int
) -> None:
    service = Service(SETTINGS, ROUTES, longest_request=longest, shortest_request=shortest)
    async with client_of(service) as client:
        answer = await client.get("/slow", headers={"X-Request-Deadline-Ms": given} if given else {})
    assert_problem(answer, status)
    assert answer.json()["cause"] == ("caller" if status == 408 else "service")
    assert answer.json()["deadline_ms"] == min(int(given or 10_000), longest * 1000)


async def test_each_request_has_its_own_deadline() -> None:
    """However they are mixed: earlier ones after later ones, and some that end before."""
    service = Service(SETTINGS, ROUTES, longest_request=5, shortest_request=0)
    loop = asyncio.get_running_loop()

    async def late(milliseconds: int) -> float:
        began = loop.time()
        answer = await client.get("/slow", headers={"X-Request-Deadline-Ms": str(milliseconds)})
        assert answer.json()["deadline_ms"] == milliseconds
        return loop.time() - began

    async with client_of(service) as client:
        given = [400, 100, 300, 50, 200, 100]
        asked = [asyncio.create_task(late(each)) for each in given]
        assert (await client.get("/about/x")).status_code == 200
        took = await asyncio.gather(*asked)
    assert all(seconds >= each / 1000 for seconds, each in zip(took, given, strict=True))
    assert [given[i] for i in sorted(range(6), key=took.__getitem__)] == sorted(given)
    assert service.in_flight == 0


async def test_a_caller_that_cancels_is_not_taken_for_the_deadline() -> None:
    service = Service(SETTINGS, ROUTES)
    async with client_of(service) as client:
        asked = asyncio.create_task(client.get("/slow"))
        while service.in_flight == 0:
            await asyncio.sleep(0)
        asked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asked
    assert service.in_flight == 0


async def test_a_timeout_inside_the_handler_is_not_taken_for_the_deadline() -> None:
    async def own_timeout(_: Request) -> Response:
        raise TimeoutError

    async with client_of(Service(SETTINGS, [Route("/", own_timeout)])) as client:
        assert_problem(await client.get("/"), 500)


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1000, 200), (1001, 413), (100_000, 413)])
async def test_a_body_is_bounded_announced_or_in_chunks(size: int, status: int) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, size, 100):
            yield bytes(min(100, size - start))

    async with client_of(sample()) as client:
        for content in (bytes(size), chunks()):
            answer = await client.post("/echo", content=content)
            assert answer.status_code == status
            assert answer.json().get("size", size) == size
            assert answer.json().get("limit_bytes", 1000) == 1000


async def test_a_body_of_unknown_size_that_lies_about_it_is_bounded_too() -> None:
    async with client_of(sample()) as client:
        answer = await client.post("/echo", content=bytes(2000), headers={"Content-Length": "1"})
    assert_problem(answer, 413)


async def test_every_error_has_one_shape() -> None:
    async with client_of(sample()) as client:
        assert_problem(await client.get("/forbidden"), 403)
        assert (await client.get("/forbidden")).json()["owner"] == "alice"
        assert_problem(await client.get("/nowhere"), 404)
        assert_problem(await client.get("/about/"), 404)
        refused = await client.delete("/echo")
        assert_problem(refused, 405)
        assert refused.headers["Allow"] == "POST"
        late = await client.get("/busy")
        assert_problem(late, 503)
        assert late.headers["Retry-After"] == "3"
        assert_problem(await client.post("/readyz"), 404)


async def test_a_fault_of_the_service_is_a_500_that_gives_nothing_away(caplog: pytest.LogCaptureFixture) -> None:
    async with client_of(sample()) as client:
        answer = await client.get("/broken", headers={"X-Request-ID": "r-7"})
    assert_problem(answer, 500)
    assert "hunter2" not in answer.text
    logged = [record for record in caplog.records if record.message == "unexpected error"]
    (fields,) = [record.__dict__["fields"] for record in logged]
    assert fields["request_id"] == "r-7"
    assert fields["exception"].endswith("RuntimeError: the password is hunter2\n")


async def test_ready_only_between_startup_and_stop_and_while_it_says_so() -> None:
    reasons: list[str] = []
    seen: list[str] = []
    service = Service(SETTINGS, ROUTES, ready=lambda: reasons[0] if reasons else None, lifespan=lambda _: opening())

    @asynccontextmanager
    async def opening() -> AsyncIterator[None]:
        seen.append((await client.get("/readyz")).text)
        yield
        seen.append((await client.get("/readyz")).text)

    client = httpx.AsyncClient(transport=httpx.ASGITransport(service), base_url="http://sample")
    async with client, service.router.lifespan_context(service):
        assert (await client.get("/readyz")).status_code == 200
        reasons.append("the model is being loaded")
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "not ready: the model is being loaded\n")
        assert (await client.get("/livez")).status_code == 200
        service.drain()
        assert (await client.get("/readyz")).text == "not ready: stopping\n"
        assert (await client.get("/about/x")).headers["Connection"] == "close"
    assert seen == ["not ready: starting\n", "not ready: stopping\n"]


async def test_metrics_count_by_template_and_never_by_the_callers_text() -> None:
    async with client_of(sample()) as client:
        await client.get("/about/a-secret")
        await client.get("/nowhere-secret")
        await client.request("SECRET", "/echo")
        answer = await client.get("/metrics")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'http_request_duration_seconds_count{method="GET",path="/about/{name}",status="200"} 1.0' in answer.text
    assert 'http_request_duration_seconds_count{method="GET",path="unmatched",status="404"} 1.0' in answer.text
    assert 'http_request_duration_seconds_count{method="other",path="/echo",status="405"} 1.0' in answer.text
    assert 'service_info{environment="test",service="sample",version="1.2.3"} 1.0' in answer.text
    assert "secret" not in answer.text.lower()


async def test_one_json_line_for_each_request(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with client_of(sample()) as client:
        url = "/about/x?token=s3cret"
        await client.get(url, headers={"X-Request-ID": "r-1", "Authorization": "Bearer s3cret"})
        await client.get("/livez")
    records = [record for record in caplog.records if record.message == "request"]
    assert len(records) == 1
    line = json.loads(JsonLines(SETTINGS).format(records[0]))
    assert line.pop("duration_ms") >= 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "info",
        "message": "request",
        "service": "sample",
        "version": "1.2.3",
        "environment": "test",
        "instance": 4,
        "request_id": "r-1",
        "method": "GET",
        "path": "/about/{name}",
        "status": 200,
        "colour": "blue",
    }
