"""The id service over HTTP: `POST /v1/ids?count=n` issues ids, `GET /v1/ids/{id}` says what one of them holds."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path as FilePath
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from id_service.formats import BYTES, FORMATS, Format
from id_service.generator import ClockBehind, Generator, parts
from id_service.issuer import Issuer, LeasedIssuer, NumberedIssuer
from id_service.kubernetes_store import kubernetes_store
from id_service.ledger import NoLease
from id_service.machine_store import MachineStore, machine_file
from id_service.redis_store import MISSING, redis_store
from id_service.stores import LeaseStore
from servicekit import Problem, Service, Settings, SettingsError, unavailable

MOST_IDS = 100_000
LONGEST_WAIT = 300
LARGEST_BODY = 16 * 1024
SHORTEST_REQUEST = 0.25
HIGHEST_ID = 2**63 - 1
EXAMPLE = "118377916890361856"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {BYTES: {"schema": {"type": "string", "format": "binary"}}}},
    503: {"description": "The clock was set back, or this process holds no worker number at this moment."},
}

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

Base62 = Annotated[str, Field(pattern="^[0-9A-Za-z]{11}$", description="The same in base62.", examples=["08gd5QY0nyS"])]


class Ids(BaseModel):
    """New ids, ascending, in decimal or in base62 (11 characters, which sort as the ids do)."""

    ids: Annotated[list[Id | Base62], Field(min_length=1, max_length=MOST_IDS)]


class IdParts(BaseModel):
    """What an id holds."""

    id: Id
    time: Annotated[datetime, Field(description="When it was issued.", examples=["2026-11-23T15:51:34.742Z"])]
    worker: Annotated[int, Field(ge=0, le=1023, description="Which process issued it.", examples=[3])]
    sequence: Annotated[int, Field(ge=0, le=4095, description="Its place within the millisecond.", examples=[0])]


class DefaultsRoute(APIRoute):
    """Most ask for one id and give no parameters: then there are none to read, and the endpoint has its defaults."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        reading, endpoint = super().get_route_handler(), self.endpoint

        async def handle(request: Request) -> Response:
            answer: Response = await (reading(request) if request.scope["query_string"] else endpoint(request))
            return answer

        return handle


def create(settings: Settings, issuer: Issuer | None = None) -> Service:
    """Raises SettingsError where ids might be repeated: several processes without a number each, and no leases."""
    issuing = issuer or issuer_for(settings)

    @asynccontextmanager
    async def opened(_: Service) -> AsyncIterator[None]:
        async with issuing:
            yield

    service = Service(
        settings,
        summary="64-bit ids: unique, ordered by time.",
        description="An id holds the milliseconds since 2026-01-01T00:00:00Z (41 bits), the worker that issued it "
        "(10 bits) and a sequence (12 bits); its highest bit is 0.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        ready=issuing.reason,
        lifespan=opened,
        largest_body=LARGEST_BODY,
        shortest_request=SHORTEST_REQUEST,
    )

    async def issue_ids(
        request: Request,
        count: Annotated[int, Query(ge=1, le=MOST_IDS, description="How many.")] = 1,
        format: Annotated[Format, Query(description="How they are written; binary is 8 bytes each.")] = "decimal",
    ) -> Response:
        """Safe to repeat: an id that nobody received is never issued again."""
        if request.scope["query_string"].count(b"count=") > 1:
            raise Problem(400, f"count must be given once, as a whole number from 1 to {MOST_IDS}")
        ids = await _issue(issuing, count)
        media_type, written = FORMATS[format]
        return Response(written(ids), headers={"Cache-Control": "no-store"}, media_type=media_type)

    service.router.add_api_route(
        "/v1/ids",
        issue_ids,
        methods=["POST"],
        summary="Issue new ids",
        response_model=Ids,
        responses=ANSWERS,
        route_class_override=DefaultsRoute,
    )

    @service.get("/v1/ids/{id}", summary="What an id holds")
    async def read_id(id: Annotated[Id, Path()]) -> IdParts:
        said = parts(int(id))
        return IdParts(id=str(int(id)), time=said.time, worker=said.worker, sequence=said.sequence)

    return service


def issuer_for(settings: Settings, environ: Mapping[str, str] = os.environ) -> Issuer:
    """By ID_LEASES; by default `none` in a cluster, which gives each replica of a stateful set a number of its own, and
    otherwise `machine`. What it says is in no message: an address may hold a password."""
    leases = environ.get("ID_LEASES") or ("none" if environ.get("KUBERNETES_SERVICE_HOST") else "machine")
    if leases == "none":
        return NumberedIssuer(Generator(_given_number(settings)))
    return LeasedIssuer(_store(leases, environ), settings.instance)


def _store(leases: str, environ: Mapping[str, str]) -> LeaseStore:
    if leases == "machine":
        return MachineStore(machine_file())
    if leases == "kubernetes":
        try:
            return kubernetes_store(environ)
        except NoLease as none:
            raise SettingsError(str(none)) from None
    if leases.startswith(("redis://", "rediss://")):
        try:
            return redis_store(leases)
        except ImportError:
            raise SettingsError(f"ID_LEASES: {MISSING}") from None
        except ValueError:
            raise SettingsError("ID_LEASES is no address of a Redis such as redis://redis.internal:6379/0") from None
    if FilePath(leases).is_absolute():
        return MachineStore(FilePath(leases))
    raise SettingsError(
        "ID_LEASES must be none, machine, the absolute path of a file, kubernetes, or a redis:// or rediss:// address"
    )


def _given_number(settings: Settings) -> int:
    if settings.instance is None:
        raise SettingsError(
            "ONEWAY_INSTANCE is not set and ID_LEASES is none: give every live process of this service its own number "
            "from 0 to 1023, or let it lease one, or two of them would issue the same ids"
        )
    _log.info("issuing as worker number %d, which must be no other live process's", settings.instance)
    return settings.instance


async def _issue(issuer: Issuer, count: int) -> list[int]:
    """Waits for the clock and for a renewal where these are soon; the request's deadline bounds it."""
    tried = False
    while True:
        try:
            return issuer.issue(count) if count > 1 else [issuer.one()]
        except NoLease as none:
            if tried or not await issuer.renewed():
                raise unavailable(str(none)) from none
            tried = True
        except ClockBehind as behind:
            if behind.milliseconds > LONGEST_WAIT:
                raise unavailable(str(behind), behind.milliseconds / 1000) from behind
            await asyncio.sleep(behind.milliseconds / 1000)


app = create(Settings.from_environment("id"))
