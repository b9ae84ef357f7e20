"""The gateway over HTTP: the one door that is open to the outside."""

import logging
from typing import Annotated

from fastapi import Depends, Query, Request, Response
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.responses import JSONResponse

from gateway_service.answers import MOST_BEAMS, MOST_WORDS, REFUSALS, TYPES, Limits, picture
from gateway_service.answers import Captions as CaptionsAnswer
from gateway_service.captions import Captions
from gateway_service.config import Config
from gateway_service.door import Door
from gateway_service.limits import RateLimiter
from gateway_service.page import SECURITY, add_page
from servicekit import Calls, Service, Settings

CALLEES = ("caption", "id")

_log = logging.getLogger("gateway_service")
_key = APIKeyHeader(name="X-API-Key", scheme_name="key", auto_error=False)
_bearer = HTTPBearer(scheme_name="bearer", auto_error=False)


def create(
    settings: Settings, config: Config, calls: Calls | None = None, limiter: RateLimiter | None = None
) -> Service:
    outbound = calls or Calls(settings)
    captions = Captions(config, outbound)
    door = Door(config, limiter or RateLimiter())
    if not config.keys:
        _log.warning("no API keys are configured: anybody may send pictures, at the public rate")
    service = Service(
        settings,
        summary="Says in one sentence what a picture shows.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        ready=lambda: _undeclared(settings),
        calls=outbound,
        collectors=[captions.memory],
        largest_body=config.largest_picture,
        answer_headers=SECURITY,
    )

    def admit(request: Request) -> None:
        door.admit(request)

    @service.post(
        "/v1/captions",
        summary="Describe one picture",
        response_model=CaptionsAnswer,
        responses=REFUSALS,
        dependencies=[Depends(admit), Depends(_key), Depends(_bearer)],
        openapi_extra={"requestBody": picture(config.largest_picture), "security": [{}]},
    )
    async def caption(
        request: Request,
        beams: Annotated[int | None, Query(ge=1, le=MOST_BEAMS, description="Width of the search.")] = None,
        max_words: Annotated[int | None, Query(ge=1, le=MOST_WORDS, description="Longest caption.")] = None,
    ) -> Response:
        """Changes nothing: safe to repeat."""
        return await captions.post(request, {"beams": beams, "max_words": max_words})

    @service.get("/v1/limits", summary="What is accepted here", response_model=Limits)
    async def limits() -> Response:
        return JSONResponse(_limits(config), headers={"Cache-Control": "no-cache"})

    add_page(service)
    return service


def _limits(config: Config) -> dict[str, object]:
    return {
        "key_required": bool(config.keys),
        "types": list(TYPES),
        "largest_picture_bytes": config.largest_picture,
        "requests_per_second": config.rate.per_second,
        "burst": config.rate.burst,
    }


def _undeclared(settings: Settings) -> str | None:
    missing = [callee for callee in CALLEES if callee not in settings.calls]
    return f"ONEWAY_CALLS does not say where to find {' and '.join(missing)}" if missing else None


app = create(Settings.from_environment("gateway"), Config.from_environment())
