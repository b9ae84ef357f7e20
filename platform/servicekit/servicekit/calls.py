"""Outbound calls: only to services that the manifest declares, within the time that it declares."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Self

from prometheus_client import Counter, Histogram
from prometheus_client.registry import Collector

from servicekit.breaker import Breaker, BreakerTerms, openness
from servicekit.call_failures import CallFailed, UndeclaredCall, judged
from servicekit.context import DEADLINE, REQUEST_ID, current_request, new_request_id
from servicekit.hedge import hedged
from servicekit.metrics import BUCKETS
from servicekit.settings import DeclaredCall, Settings

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 4 * 1024 * 1024
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})

_log = logging.getLogger("servicekit")


class Calls:
    """The pooled connections. Enter it before the first call; a `Service` does so for the calls that it is given.

    Nothing of one request is kept for another: no cookies, no redirects, no credentials of this machine.

    With `breaker` a callee that fails again and again is left alone for a moment: calls of it fail at once, with 503.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
        breaker: BreakerTerms | None = None,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._chance = chance
        self._pause = pause
        self._pool: httpx.AsyncBaseTransport | None = None
        self._caller = f"{settings.service}/{settings.version}"
        self._attempts = Histogram(
            "call_duration_seconds",
            "Attempts to call other services, by callee and outcome.",
            ("callee", "outcome"),
            buckets=BUCKETS,
            registry=None,
        )
        self._retries = Counter("call_retries", "Attempts after the first.", ("callee",), registry=None)
        self.collectors: tuple[Collector, ...] = (self._attempts, self._retries)
        self._breakers: dict[str, Breaker] = {}
        if breaker is not None:
            self._breakers = {callee: Breaker(time.monotonic, breaker) for callee in settings.calls}
            self.collectors += (openness(self._breakers),)

    async def __aenter__(self) -> Self:
        import httpx

        self._pool = self._transport or httpx.AsyncHTTPTransport(
            trust_env=False,
            limits=httpx.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=30.0),
        )
        await self._pool.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            await self._pool.__aexit__(kind, error, trace)
            self._pool = None

    def declared(self, callee: str) -> DeclaredCall:
        """Raises UndeclaredCall."""
        try:
            return self._settings.calls[callee]
        except KeyError:
            raise UndeclaredCall(self._settings.service, callee, self._settings.calls) from None

    async def request(
        self,
        callee: str,
        method: str,
        path: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str | int] | None = None,
        repeatable: bool | None = None,
        hedge_after: float | None = None,
    ) -> "httpx.Response":
        """The callee's answer with its whole body; its status is below 500.

        The declared timeout holds for each attempt, the deadline of the request under way for all of them together.
        Retried are only requests that are safe to repeat: idempotent ones, ones that the caller says are `repeatable`,
        and ones that never left. What is safe to repeat may be hedged: sent a second time where there is no answer
        after `hedge_after` seconds. Raises CallFailed, UndeclaredCall, and ValueError for a callee of another protocol.
        """
        declared = self.declared(callee)
        if not declared.url.startswith("http"):
            raise ValueError(f"{callee} speaks no HTTP: give {declared.url} to a client of its own protocol")
        safe = method.upper() in IDEMPOTENT if repeatable is None else repeatable
        order = _Order(callee, declared, method, path, content, headers or {}, params)
        send = partial(self._attempt, order)
        attempt = 0
        while True:
            try:
                return await (hedged(send, hedge_after) if hedge_after is not None and safe else send())
            except CallFailed as failure:
                pause = max(failure.retry_after, self._backoff(attempt))
                may_repeat = failure.again and (safe or failure.unsent)
                if not may_repeat or attempt >= declared.retries or pause >= self._remaining():
                    raise
                attempt += 1
                self._retries.labels(callee).inc()
                await self._pause(pause)

    async def _attempt(self, order: "_Order") -> "httpx.Response":
        declared, remaining = order.declared, self._remaining()
        late = 408 if remaining < declared.timeout and _is_hurried() else 504
        if remaining <= 0:
            raise CallFailed(order.callee, late, "was not called: no time was left for this request", again=False)
        seconds = min(declared.timeout, remaining)
        breaker = self._breakers.get(order.callee)
        if breaker is None:
            return await self._timed(order, seconds, late)
        with breaker.admitted() as wait:
            if wait:
                what = "has failed again and again, and is left alone for a moment"
                raise CallFailed(order.callee, 503, what, again=False, retry_after=wait)
            try:
                answer = await self._timed(order, seconds, late)
            except CallFailed as failure:
                if failure.status == 502 or (failure.status == 504 and seconds >= declared.timeout):
                    breaker.failed()
                raise
            breaker.succeeded()
            return answer

    async def _timed(self, order: "_Order", seconds: float, late: int) -> "httpx.Response":
        started = asyncio.get_running_loop().time()
        outcome = "failed"
        try:
            async with asyncio.timeout(seconds):
                answer = await self._send(order, seconds)
            outcome = str(answer.status_code)
        except TimeoutError:
            outcome = "timeout"
            raise CallFailed(order.callee, late, f"did not answer within {seconds * 1000:.0f} ms") from None
        finally:
            self._attempts.labels(order.callee, outcome).observe(asyncio.get_running_loop().time() - started)
        return judged(order.callee, answer, late)

    async def _send(self, order: "_Order", seconds: float) -> "httpx.Response":
        import httpx

        if self._pool is None:
            raise RuntimeError("Calls is not open: hand it to the Service, or use it in `async with`")
        callee = order.callee
        request = httpx.Request(
            order.method,
            order.declared.url + order.path,
            params=order.params,
            headers={"User-Agent": self._caller, **_ACCEPTED, **order.headers, **_passed_on(seconds)},
            content=order.content,
        )
        try:
            answer = await self._pool.handle_async_request(request)
            try:
                body = await _read(callee, answer)
            finally:
                await answer.aclose()
        except (httpx.ConnectError, httpx.PoolTimeout) as error:
            raise CallFailed(callee, 502, f"cannot be reached: {error}", unsent=True) from error
        except httpx.TransportError as error:
            raise CallFailed(callee, 502, f"broke off: {type(error).__name__}") from error
        except httpx.DecodingError as error:
            raise CallFailed(callee, 502, "answered with a body that cannot be decoded", again=False) from error
        answer_headers = [(k, v) for k, v in answer.headers.raw if k.lower() not in _DECODED]
        return httpx.Response(answer.status_code, headers=answer_headers, content=body, request=request)

    def _backoff(self, attempt: int) -> float:
        """Full jitter: anything up to twice as long as before, so that callers who failed together do not return so."""
        return self._chance() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt)

    def _remaining(self) -> float:
        request = current_request()
        return request.remaining() if request is not None else float("inf")


@dataclass(frozen=True, slots=True)
class _Order:
    """What is to be asked of whom."""

    callee: str
    declared: DeclaredCall
    method: str
    path: str
    content: bytes
    headers: Mapping[str, str]
    params: Mapping[str, str | int] | None


async def _read(callee: str, answer: "httpx.Response") -> bytes:
    body = bytearray()
    async for chunk in answer.aiter_bytes():
        body += chunk
        if len(body) > LARGEST_ANSWER:
            raise CallFailed(callee, 502, f"answered with more than {LARGEST_ANSWER:,} bytes", again=False)
    return bytes(body)


_ACCEPTED = {"Accept": "*/*", "Accept-Encoding": "gzip, deflate"}
_DECODED = frozenset({b"content-encoding", b"content-length", b"transfer-encoding", b"connection"})


def _passed_on(seconds: float) -> dict[str, str]:
    request = current_request()
    return {
        REQUEST_ID: request.request_id if request is not None else new_request_id(),
        DEADLINE: str(max(1, int(seconds * 1000))),
    }


def _is_hurried() -> bool:
    request = current_request()
    return request is not None and request.hurried
