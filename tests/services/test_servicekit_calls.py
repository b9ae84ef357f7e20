"""Calls go only where the manifest says, within the time it says, and are repeated only where that is safe."""

import asyncio
import itertools

import httpx
import pytest
from service_process import free_port
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from servicekit import CallFailed, Calls, DeclaredCall, Problem, Service, Settings, UndeclaredCall
from servicekit.testing import client_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Callee:
    """Answers with the given statuses in turn, the last one for ever; a float is a wait before a 200."""

    def __init__(self, *script: int | float, retry_after: str = "") -> None:
        self.requests: list[Request] = []
        self._script = itertools.chain(script, itertools.repeat(script[-1]))
        self._headers = {"Retry-After": retry_after} if retry_after else {}
        self.app = Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "PUT"])])

    async def _answer(self, request: Request) -> Response:
        self.requests.append(request)
        step = next(self._script)
        if isinstance(step, float):
            await asyncio.sleep(step)
            step = 200
        return JSONResponse({"ids": ["1"]}, status_code=step, headers=self._headers)


class Pauses(list[float]):
    async def __call__(self, seconds: float) -> None:
        self.append(seconds)


def calls_to(callee: Callee, pauses: Pauses | None = None, timeout: float = 1.0, retries: int = 2) -> Calls:
    declared = {"id": DeclaredCall("http://id", timeout, retries, required=False)}
    return Calls(
        Settings("gateway", "1.0.0", "test", calls=declared),
        transport=httpx.ASGITransport(callee.app),
        chance=lambda: 1.0,
        pause=Pauses() if pauses is None else pauses,
    )


async def test_a_call_that_is_not_declared_is_refused_with_the_way_out() -> None:
    callee = Callee(200)
    async with calls_to(callee) as calls:
        with pytest.raises(UndeclaredCall, match=r"gateway calls maps, .* declared calls \(id\); add `- to: maps`"):
            await calls.request("maps", "GET", "/")
    assert callee.requests == []
    assert calls.declared("id").required is False


async def test_an_answer_below_500_comes_back_whole() -> None:
    for status in (200, 204, 404, 429):
        async with calls_to(Callee(status)) as calls:
            answer = await calls.request("id", "GET", "/v1/ids", params={"count": 2})
            assert answer.status_code == status
            assert str(answer.request.url) == "http://id/v1/ids?count=2"


@pytest.mark.parametrize(("status", "becomes"), [(500, 502), (501, 502), (502, 502), (503, 503), (504, 504)])
async def test_a_failure_is_a_problem_that_names_the_callee(status: int, becomes: int) -> None:
    async with calls_to(Callee(status)) as calls:
        with pytest.raises(CallFailed, match=r"^id ") as failed:
            await calls.request("id", "GET", "/")
    members = {"callee": "id"} | ({"cause": "service"} if becomes == 504 else {})
    assert (failed.value.status, failed.value.callee, failed.value.members) == (
        becomes,
        "id",
        members,
    )


@pytest.mark.parametrize(
    ("method", "repeatable", "script", "attempts"),
    [
        ("GET", None, (503, 503, 200), 3),
        ("PUT", None, (502, 504, 200), 3),
        ("POST", True, (503, 200), 2),
        ("POST", None, (503, 200), 1),
        ("GET", False, (503, 200), 1),
        ("GET", None, (500, 200), 1),
        ("GET", None, (503, 503, 503, 200), 3),
        ("GET", None, (404, 200), 1),
    ],
)
async def test_only_what_is_safe_to_repeat_and_worth_it_is_repeated(
    method: str, repeatable: bool | None, script: tuple[int, ...], attempts: int
) -> None:
    callee = Callee(*script)
    async with calls_to(callee) as calls:
        try:
            answer = await calls.request("id", method, "/", repeatable=repeatable)
            assert answer.status_code == script[attempts - 1] < 500
        except CallFailed:
            assert script[attempts - 1] >= 500
    assert len(callee.requests) == attempts


async def test_the_pauses_grow_and_respect_what_the_callee_asks_for() -> None:
    pauses = Pauses()
    async with calls_to(Callee(502, 502, 502, 502, 200), pauses, retries=4) as calls:
        await calls.request("id", "GET", "/")
    assert pauses == [0.02, 0.04, 0.08, 0.16]
    pauses = Pauses()
    async with calls_to(Callee(503, 200, retry_after="3"), pauses) as calls:
        await calls.request("id", "GET", "/")
    assert pauses == [3.0]


async def test_an_attempt_that_takes_longer_than_declared_is_given_up() -> None:
    callee = Callee(30.0, 200)
    async with calls_to(callee, timeout=0.05) as calls:
        assert (await calls.request("id", "GET", "/")).status_code == 200
        with pytest.raises(CallFailed, match="did not answer within 50 ms"):
            async with calls_to(Callee(30.0), timeout=0.05, retries=0) as strict:
                await strict.request("id", "GET", "/")
    assert len(callee.requests) == 2


async def test_a_callee_that_is_not_there_is_tried_again_even_for_a_post() -> None:
    declared = {"id": DeclaredCall(f"http://127.0.0.1:{free_port()}", 1.0, retries=2)}
    pauses = Pauses()
    async with Calls(Settings("gateway", calls=declared), pause=pauses) as calls:
        with pytest.raises(CallFailed, match="id cannot be reached") as failed:
            await calls.request("id", "POST", "/")
    assert (failed.value.status, failed.value.unsent, len(pauses)) == (502, True, 2)


async def test_an_answer_without_end_is_cut_off() -> None:
    async def endless(_: Request) -> Response:
        return Response(bytes(5 * 1024 * 1024))

    callee = Callee(200)
    callee.app = Starlette(routes=[Route("/", endless)])
    async with calls_to(callee) as calls:
        with pytest.raises(CallFailed, match="more than 4,194,304 bytes"):
            await calls.request("id", "GET", "/")


def calling(calls: Calls, *, optional: bool = False) -> Service:
    """A service whose one route makes one call."""

    async def route(request: Request) -> Response:
        try:
            answer = await calls.request("id", "GET", "/v1/ids")
        except CallFailed:
            if not optional:
                raise
            return JSONResponse({"degraded": True})
        return JSONResponse({"status": answer.status_code})

    return Service(Settings("gateway"), [Route("/", route)], calls=calls)


async def test_request_id_and_deadline_are_passed_on_less_what_is_spent() -> None:
    callee = Callee(200)
    async with client_of(calling(calls_to(callee))) as client:
        await client.get("/", headers={"X-Request-ID": "r-9", "X-Request-Deadline-Ms": "400"})
        await client.get("/", headers={"X-Request-Deadline-Ms": "20000"})
    first, second = (request.headers for request in callee.requests)
    assert first["X-Request-ID"] == "r-9"
    assert 200 < int(first["X-Request-Deadline-Ms"]) <= 400
    assert int(second["X-Request-Deadline-Ms"]) == 1000
    assert first["User-Agent"] == "gateway/1.0.0"


async def test_no_attempt_is_made_that_the_deadline_would_cut_off() -> None:
    callee = Callee(503, 200, retry_after="5")
    pauses = Pauses()
    async with client_of(calling(calls_to(callee, pauses))) as client:
        answer = await client.get("/", headers={"X-Request-Deadline-Ms": "2000"})
    assert (answer.status_code, answer.headers["Retry-After"], len(callee.requests), pauses) == (503, "5", 1, [])


async def test_a_failure_nobody_handles_is_the_answer_and_one_that_is_handled_is_not() -> None:
    async with client_of(calling(calls_to(Callee(500)))) as client:
        answer = await client.get("/")
        assert (answer.status_code, answer.json()["callee"]) == (502, "id")
    async with client_of(calling(calls_to(Callee(500)), optional=True)) as client:
        assert (await client.get("/")).json() == {"degraded": True}


async def test_calls_are_counted_by_callee_and_outcome() -> None:
    async with client_of(calling(calls_to(Callee(503, 200, 30.0), timeout=0.05, retries=1))) as client:
        await client.get("/")
        await client.get("/")
        text = (await client.get("/metrics")).text
    assert 'call_duration_seconds_count{callee="id",outcome="503"} 1.0' in text
    assert 'call_duration_seconds_count{callee="id",outcome="200"} 1.0' in text
    assert 'call_duration_seconds_count{callee="id",outcome="timeout"} 2.0' in text
    assert 'call_retries_total{callee="id"} 2.0' in text


def test_a_failed_call_is_a_problem() -> None:
    assert issubclass(CallFailed, Problem)
