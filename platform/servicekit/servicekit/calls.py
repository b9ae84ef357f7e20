"""Outbound calls: only to services that the manifest declares, within the time that it declares."""

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Self

from prometheus_client import Counter, Histogram
from prometheus_client.registry import Collector

from servicekit.context import DEADLINE, REQUEST_ID, current_request, new_request_id
from servicekit.metrics import BUCKETS
from servicekit.problem import Problem
from servicekit.settings import DeclaredCall, Settings

if TYPE_CHECKING:
    import httpx

LARGEST_ANSWER = 4 * 1024 * 1024
FIRST_PAUSE = 0.02
LONGEST_PAUSE = 1.0
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
_BUSY = frozenset({502, 503})
_FAULT_OF = {408: "caller", 504: "service"}

_log = logging.getLogger("servicekit")


class UndeclaredCall(Exception):
    """The code calls a service that its manifest does not declare: a fault of the code or of the manifest."""

    def __init__(self, caller: str, callee: str, declared: Mapping[str, DeclaredCall]) -> None:
        known = ", ".join(sorted(declared)) or "none"
        super().__init__(
            f"{caller} calls {callee}, which is not among its declared calls ({known}); "
            f"add `- to: {callee}` under `calls:` in the manifest of {caller}, or remove the call"
        )


class CallFailed(Problem):
    """The callee gave no usable answer. Unhandled it becomes this request's answer, 502, 503 or 504, or 408 where this
    request's own caller left too little time; a caller that can do without the callee catches it and answers degraded.

    `unsent`: the callee cannot have seen the request, so that sending it again is always safe.
    """

    def __init__(
        self, callee: str, status: int, what: str, *, again: bool = True, unsent: bool = False, retry_after: float = 0.0
    ) -> None:
        headers = {"Retry-After": str(max(1, round(retry_after)))} if status == 503 else {}
        members = {"callee": callee} | ({"cause": _FAULT_OF[status]} if status in _FAULT_OF else {})
        super().__init__(status, f"{callee} {what}", headers=headers, members=members)
        self.callee = callee
        self.again = again
        self.unsent = unsent
        self.retry_after = retry_after


class Calls:
    """The pooled client. Enter it before the first call; a `Service` does so for the calls that it is given."""

    def __init__(
        self,
        settings: Settings,
        *,
        transport: "httpx.AsyncBaseTransport | None" = None,
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._chance = chance
        self._pause = pause
        self._client: httpx.AsyncClient | None = None
        self._attempts = Histogram(
            "call_duration_seconds",
            "Attempts to call other services, by callee and outcome.",
            ("callee", "outcome"),
            buckets=BUCKETS,
            registry=None,
        )
        self._retries = Counter("call_retries", "Attempts after the first.", ("callee",), registry=None)
        self.collectors: tuple[Collector, ...] = (self._attempts, self._retries)

    async def __aenter__(self) -> Self:
        import httpx

        self._client = httpx.AsyncClient(
            transport=self._transport,
            timeout=None,
            trust_env=False,
            follow_redirects=False,
            limits=httpx.Limits(max_connections=256, max_keepalive_connections=64, keepalive_expiry=30.0),
            headers={"User-Agent": f"{self._settings.service}/{self._settings.version}"},
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            await self._client.aclose()
            self._client = None

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
    ) -> "httpx.Response":
        """The callee's answer with its whole body; its status is below 500.

        The declared timeout holds for each attempt, the deadline of the request under way for all of them together.
        Retried are only requests that are safe to repeat: idempotent ones, ones that the caller says are `repeatable`,
        and ones that never left. Raises CallFailed, UndeclaredCall, and ValueError for a callee of another protocol.
        """
        declared = self.declared(callee)
        if not declared.url.startswith("http"):
            raise ValueError(f"{callee} speaks no HTTP: give {declared.url} to a client of its own protocol")
        safe = method.upper() in IDEMPOTENT if repeatable is None else repeatable
        attempt = 0
        while True:
            try:
                return await self._attempt(callee, declared, method, path, content, headers or {}, params)
            except CallFailed as failure:
                pause = max(failure.retry_after, self._backoff(attempt))
                may_repeat = failure.again and (safe or failure.unsent)
                if not may_repeat or attempt >= declared.retries or pause >= self._remaining():
                    raise
                attempt += 1
                self._retries.labels(callee).inc()
                await self._pause(pause)

    async def _attempt(
        self,
        callee: str,
        declared: DeclaredCall,
        method: str,
        path: str,
        content: bytes,
        headers: Mapping[str, str],
        params: Mapping[str, str | int] | None,
    ) -> "httpx.Response":
        remaining = self._remaining()
        late = 408 if remaining < declared.timeout and _is_hurried() else 504
        if remaining <= 0:
            raise CallFailed(callee, late, "was not called: no time was left for this request", again=False)
        seconds = min(declared.timeout, remaining)
        started = asyncio.get_running_loop().time()
        outcome = "failed"
        try:
            async with asyncio.timeout(seconds):
                answer = await self._send(
                    callee, method, declared.url + path, content, {**headers, **_passed_on(seconds)}, params
                )
            outcome = str(answer.status_code)
        except TimeoutError:
            outcome = "timeout"
            raise CallFailed(callee, late, f"did not answer within {seconds * 1000:.0f} ms") from None
        finally:
            self._attempts.labels(callee, outcome).observe(asyncio.get_running_loop().time() - started)
        return _judged(callee, answer, late)

    async def _send(
        self,
        callee: str,
        method: str,
        url: str,
        content: bytes,
        headers: Mapping[str, str],
        params: Mapping[str, str | int] | None,
    ) -> "httpx.Response":
        import httpx

        if self._client is None:
            raise RuntimeError("Calls is not open: hand it to the Service, or use it in `async with`")
        try:
            async with self._client.stream(method, url, content=content, headers=headers, params=params) as answer:
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > LARGEST_ANSWER:
                        raise CallFailed(callee, 502, f"answered with more than {LARGEST_ANSWER:,} bytes", again=False)
        except (httpx.ConnectError, httpx.PoolTimeout) as error:
            raise CallFailed(callee, 502, f"cannot be reached: {error}", unsent=True) from error
        except httpx.TransportError as error:
            raise CallFailed(callee, 502, f"broke off: {type(error).__name__}") from error
        except httpx.DecodingError as error:
            raise CallFailed(callee, 502, "answered with a body that cannot be decoded", again=False) from error
        answer_headers = [(k, v) for k, v in answer.headers.raw if k.lower() not in _DECODED]
        return httpx.Response(answer.status_code, headers=answer_headers, content=bytes(body), request=answer.request)

    def _backoff(self, attempt: int) -> float:
        """Full jitter: anything up to twice as long as before, so that callers who failed together do not return so."""
        return self._chance() * min(LONGEST_PAUSE, FIRST_PAUSE * 2.0**attempt)

    def _remaining(self) -> float:
        request = current_request()
        return request.remaining() if request is not None else float("inf")


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


def _judged(callee: str, answer: "httpx.Response", late: int) -> "httpx.Response":
    status = answer.status_code
    if status in _FAULT_OF:
        raise CallFailed(callee, late, f"did not answer in time (status {status})")
    if status < 500:
        return answer
    if status == 503:
        retry_after = answer.headers.get("Retry-After", "")
        seconds = float(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0.0
        raise CallFailed(callee, 503, "is too busy or not ready; try again shortly", retry_after=min(seconds, 3600.0))
    raise CallFailed(callee, 502, f"failed (status {status})", again=status in _BUSY)
