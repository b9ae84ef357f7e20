"""The id service over HTTP: `POST /v1/ids?count=n` issues ids, `GET /v1/ids/{id}` says what one of them holds."""

import asyncio
import logging
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from id_service.generator import ClockBehind, Generator, parts
from servicekit import Problem, Service, Settings, SettingsError, unavailable

DESCRIPTION = Path(__file__).resolve().parents[1] / "openapi.json"
MOST_IDS = 1000
LONGEST_WAIT = 300
LARGEST_BODY = 16 * 1024

_log = logging.getLogger("id_service")


def create(settings: Settings, generator: Generator | None = None) -> Service:
    """Raises SettingsError where ids might be repeated: several processes without a number each."""
    issuing = generator or Generator(_worker(settings))
    description = DESCRIPTION.read_bytes()

    async def post_ids(request: Request) -> Response:
        ids = await _issue(issuing, _count(request))
        return JSONResponse({"ids": [str(number) for number in ids]}, headers={"Cache-Control": "no-store"})

    async def get_id(request: Request) -> Response:
        number = _number(request.path_params["id"])
        said = parts(number)
        return JSONResponse(
            {
                "id": str(number),
                "time": said.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "worker": said.worker,
                "sequence": said.sequence,
            }
        )

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    return Service(
        settings,
        [
            Route("/v1/ids", post_ids, methods=["POST"]),
            Route("/v1/ids/{id}", get_id, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
        ],
        ready=lambda: _reason(issuing),
        largest_body=LARGEST_BODY,
    )


def _worker(settings: Settings) -> int:
    if settings.instance is not None:
        return settings.instance
    if not settings.development:
        raise SettingsError(
            f"ONEWAY_INSTANCE is not set in environment {settings.environment!r}: give every live process of this "
            "service its own number from 0 to 1023, or two of them would issue the same ids"
        )
    _log.warning("ONEWAY_INSTANCE is not set: this development run issues ids as worker 0")
    return 0


def _count(request: Request) -> int:
    given = request.query_params.getlist("count") or ["1"]
    text = given[0]
    if len(given) == 1 and text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_IDS:
        return int(text)
    raise Problem(400, f"count must be given once, as a whole number from 1 to {MOST_IDS}")


def _number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 19 and int(text) < 2**63:
        return int(text)
    raise Problem(400, f"this is not an id: an id is a decimal number from 0 to {2**63 - 1}")


async def _issue(generator: Generator, count: int) -> list[int]:
    """Waits for the clock where that is soon; the request's deadline bounds it."""
    while True:
        try:
            return generator.issue(count)
        except ClockBehind as behind:
            if behind.milliseconds > LONGEST_WAIT:
                raise unavailable(str(behind), behind.milliseconds / 1000) from behind
            await asyncio.sleep(behind.milliseconds / 1000)


def _reason(generator: Generator) -> str | None:
    behind = generator.behind()
    return str(ClockBehind(behind)) if behind else None


app = create(Settings.from_environment("id"))
