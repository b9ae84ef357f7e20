"""The id service over HTTP: `POST /v1/ids?count=n` issues ids, `GET /v1/ids/{id}` says what one of them holds."""

import asyncio
import logging
from datetime import datetime
from typing import Annotated

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field

from id_service.generator import ClockBehind, Generator, parts
from servicekit import Problem, Service, Settings, SettingsError, unavailable

MOST_IDS = 1000
LONGEST_WAIT = 300
LARGEST_BODY = 16 * 1024
SHORTEST_REQUEST = 0.25
HIGHEST_ID = 2**63 - 1
EXAMPLE = "118377916890361856"

_log = logging.getLogger("id_service")


def at_most(highest: int) -> str:
    """A regular expression for the decimal numbers up to `highest`: JSON numbers lose digits beyond 2^53."""
    digits = str(highest)
    smaller = [
        f"{digits[:place]}[0-{int(digit) - 1}][0-9]{{{len(digits) - place - 1}}}"
        for place, digit in enumerate(digits)
        if digit != "0"
    ]
    return f"^([0-9]{{1,{len(digits) - 1}}}|{'|'.join(smaller)}|{digits})$"


Id = Annotated[
    str,
    Field(
        pattern=at_most(HIGHEST_ID),
        description="A 64-bit id in decimal; a string, because JSON numbers lose digits beyond 2^53.",
        examples=[EXAMPLE],
    ),
]


class Ids(BaseModel):
    """New ids, ascending."""

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)]


class IdParts(BaseModel):
    """What an id holds."""

    id: Id
    time: Annotated[datetime, Field(description="When it was issued.", examples=["2026-11-23T15:51:34.742Z"])]
    worker: Annotated[int, Field(ge=0, le=1023, description="Which process issued it.", examples=[3])]
    sequence: Annotated[int, Field(ge=0, le=4095, description="Its place within the millisecond.", examples=[0])]


def create(settings: Settings, generator: Generator | None = None) -> Service:
    """Raises SettingsError where ids might be repeated: several processes without a number each."""
    issuing = generator or Generator(_worker(settings))
    service = Service(
        settings,
        summary="64-bit ids: unique, ordered by time.",
        description="An id holds the milliseconds since 2026-01-01T00:00:00Z (41 bits), the worker that issued it "
        "(10 bits) and a sequence (12 bits); its highest bit is 0.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        ready=lambda: _reason(issuing),
        largest_body=LARGEST_BODY,
        shortest_request=SHORTEST_REQUEST,
    )

    @service.post(
        "/v1/ids",
        summary="Issue new ids",
        response_model=Ids,
        responses={503: {"description": "The clock was set back, or this process has just started."}},
    )
    async def issue_ids(
        request: Request, count: Annotated[int, Query(ge=1, le=MOST_IDS, description="How many.")] = 1
    ) -> Response:
        """Safe to repeat: an id that nobody received is never issued again."""
        if request.scope["query_string"].count(b"count=") > 1:
            raise Problem(400, f"count must be given once, as a whole number from 1 to {MOST_IDS}")
        ids = await _issue(issuing, count)
        content = b'{"ids":["%s"]}' % b'","'.join(b"%d" % number for number in ids)
        return Response(content, headers={"Cache-Control": "no-store"}, media_type="application/json")

    @service.get("/v1/ids/{id}", summary="What an id holds")
    async def read_id(id: Annotated[Id, Path()]) -> IdParts:
        said = parts(int(id))
        return IdParts(id=str(int(id)), time=said.time, worker=said.worker, sequence=said.sequence)

    return service


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
