"""`/v1/ids`: new ids, and what an id holds, for those who may come in. What id answers is passed on as it is."""

from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway_service.answers import COUNTED
from servicekit import CallFailed, Calls, Service

MOST_IDS = 1000
HIGHEST_ID = 2**63 - 1
EXAMPLE = "118377916890361856"

Id = Annotated[str, Field(pattern="^[0-9]{1,19}$", description="In decimal; JSON numbers lose digits beyond 2^53.")]
ANSWERS: dict[int | str, dict[str, Any]] = COUNTED | {
    502: {"description": "The id service failed."},
    503: {"description": "The id service is not there, or has no ids to give at this moment."},
}


class Ids(BaseModel):
    """New ids: unique, ascending, ordered by time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"ids": [EXAMPLE]}]})

    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)]


class IdParts(BaseModel):
    """What an id holds."""

    id: Id
    time: Annotated[str, Field(description="When it was issued.", examples=["2026-11-23T15:51:34.742Z"])]
    worker: Annotated[int, Field(ge=0, le=1023, description="Which process issued it.")]
    sequence: Annotated[int, Field(ge=0, le=4095, description="Its place within the millisecond.")]


def add_ids(service: Service, calls: Calls, admitted: Any) -> None:
    """`admitted` are the dependencies of every operation that is counted."""

    @service.post("/v1/ids", summary="Issue new ids", response_model=Ids, responses=ANSWERS, **admitted)
    async def issue_ids(
        count: Annotated[int, Query(ge=1, le=MOST_IDS, description="How many.")] = 1,
    ) -> Response:
        """Safe to repeat: an id that nobody received is never issued again."""
        return await _pass_on(calls, "POST", "/v1/ids", {"count": count})

    @service.get("/v1/ids/{id}", summary="What an id holds", response_model=IdParts, responses=ANSWERS, **admitted)
    async def read_id(id: Annotated[int, Path(ge=0, le=HIGHEST_ID, description="In decimal.")]) -> Response:
        return await _pass_on(calls, "GET", f"/v1/ids/{id}", {})


async def _pass_on(calls: Calls, method: str, path: str, params: dict[str, str | int]) -> Response:
    answer = await calls.request("id", method, path, params=params, repeatable=True)
    if answer.status_code != 200:
        raise CallFailed("id", 502, f"gave an unexpected answer (status {answer.status_code})")
    return Response(answer.content, headers={"Cache-Control": "no-store"}, media_type="application/json")
