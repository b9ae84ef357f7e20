"""The gateway over HTTP: the one door that is open to the outside."""

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import JSONResponse

from gateway_service.answers import MOST_BEAMS, MOST_WORDS, REFUSALS, TYPES, Limits, picture
from gateway_service.answers import Captions as CaptionsAnswer
from gateway_service.captions import Captions
from gateway_service.config import Config
from gateway_service.door import Door
from gateway_service.ids import add_ids
from gateway_service.limits import Limiter, RateLimiter, Terms
from gateway_service.page import SECURITY, add_page
from gateway_service.shared_limits import shared_limiter
from servicekit import BreakerTerms, Calls, Problem, Service, Settings

CALLEES = ("caption", "id")
# What a page of another origin may read of an answer, where such pages are allowed.
EXPOSED = ("RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")
ALLOWED = ("Authorization", "Content-Type", "X-API-Key", "X-Request-Deadline-Ms", "X-Request-ID")

_log = logging.getLogger("gateway_service")
_key = APIKeyHeader(name="X-API-Key", scheme_name="key", auto_error=False)
_bearer = HTTPBearer(scheme_name="bearer", auto_error=False)
Admitted = dict[str, Any]


def create(settings: Settings, config: Config, calls: Calls | None = None, limiter: Limiter | None = None) -> Service:
    """Raises SettingsError where limits are to be shared and cannot be."""
    outbound = calls or Calls(settings, breaker=BreakerTerms())
    counting = limiter or _limiter(config)
    captions = Captions(config, outbound)
    door = Door(config.ring, config.key_rate, config.public_rate, counting)
    if not door.key_required:
        _log.warning("no API keys are configured: anybody may send pictures, at the public rate")
    service = _service(settings, config, outbound, captions, counting)
    admitted = _admitted(door)
    _add_captions(service, captions, config, admitted)
    add_ids(service, outbound, admitted)
    _add_limits(service, config, door, counting)
    add_page(service, config.links)
    return service


def _service(settings: Settings, config: Config, calls: Calls, captions: Captions, counting: Limiter) -> Service:
    """Without an operation yet. Pages of other origins may ask where they are named."""

    @asynccontextmanager
    async def opened(_: Service) -> AsyncIterator[None]:
        yield
        await counting.close()

    service = Service(
        settings,
        summary="Says in one sentence what a picture shows.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        ready=lambda: _undeclared(settings),
        lifespan=opened,
        calls=calls,
        collectors=[captions.memory, captions.limit],
        largest_body=config.largest_picture,
        answer_headers=SECURITY,
    )
    if config.origins:
        service.add_middleware(
            CORSMiddleware,
            allow_origins=config.origins,
            allow_methods=("GET", "POST"),
            allow_headers=ALLOWED,
            expose_headers=EXPOSED,
        )
    return service


def _admitted(door: Door) -> Admitted:
    """What every operation has in common that is counted: who may ask, and how often."""

    async def admit(request: Request) -> None:
        await door.admit(request)
        _require_once(request)

    return {"dependencies": [Depends(admit), Depends(_key), Depends(_bearer)], "openapi_extra": {"security": [{}]}}


def _require_once(request: Request) -> None:
    """Of what is given twice the next service might take the other one. Raises Problem 400."""
    names = [name for name, _ in request.query_params.multi_items()]
    if len(set(names)) < len(names):
        raise Problem(400, "each parameter of the address must be given once")


def _add_captions(service: Service, captions: Captions, config: Config, admitted: Admitted) -> None:
    body = {"requestBody": picture(config.largest_picture)}

    @service.post(
        "/v1/captions",
        summary="Describe one picture",
        response_model=CaptionsAnswer,
        responses=REFUSALS,
        **{**admitted, "openapi_extra": body | admitted["openapi_extra"]},
    )
    async def caption(
        request: Request,
        beams: Annotated[int | None, Query(ge=1, le=MOST_BEAMS, description="Width of the search.")] = None,
        max_words: Annotated[int | None, Query(ge=1, le=MOST_WORDS, description="Longest caption.")] = None,
    ) -> Response:
        """Changes nothing: safe to repeat."""
        return await captions.post(request, {"beams": beams, "max_words": max_words})


def _add_limits(service: Service, config: Config, door: Door, counting: Limiter) -> None:
    @service.get("/v1/limits", summary="What is accepted here", response_model=Limits)
    async def limits(request: Request) -> Response:
        """With a key, what is agreed with its holder; asking is not counted."""
        told = _limits(config, door.key_required, door.terms_for(request), counting.is_shared)
        return JSONResponse(told, headers={"Cache-Control": "no-cache", "Vary": "X-API-Key, Authorization"})


def _limiter(config: Config) -> Limiter:
    alone = RateLimiter()
    if not config.limit_store:
        _log.info("limits are counted by each replica for itself")
        return alone
    return shared_limiter(config.limit_store, alone)


def _limits(config: Config, key_required: bool, terms: Terms, is_shared: bool) -> dict[str, object]:
    return {
        "key_required": key_required,
        "types": list(TYPES),
        "largest_picture_bytes": config.largest_picture,
        "requests_per_second": terms.rate.per_second,
        "burst": terms.rate.burst,
        "requests_per_day": terms.per_day,
        "counted_by": "all replicas" if is_shared else "replica",
    }


def _undeclared(settings: Settings) -> str | None:
    missing = [callee for callee in CALLEES if callee not in settings.calls]
    return f"ONEWAY_CALLS does not say where to find {' and '.join(missing)}" if missing else None


app = create(Settings.from_environment("gateway"), Config.from_environment())
