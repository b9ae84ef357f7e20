"""The gateway over HTTP: the one door that is open to the outside."""

import logging
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway_service.captions import TYPES, Captions
from gateway_service.config import Config
from gateway_service.door import Door
from gateway_service.limits import RateLimiter
from gateway_service.page import page_routes
from servicekit import Calls, Service, Settings

DESCRIPTION = Path(__file__).resolve().parents[1] / "openapi.json"
CALLEES = ("caption", "id")

_log = logging.getLogger("gateway_service")


def create(
    settings: Settings, config: Config, calls: Calls | None = None, limiter: RateLimiter | None = None
) -> Service:
    outbound = calls or Calls(settings)
    captions = Captions(config, outbound, Door(config, limiter or RateLimiter()))
    description = DESCRIPTION.read_bytes()
    if not config.keys:
        _log.warning("no API keys are configured: anybody may send pictures, at the public rate")

    async def limits(_: Request) -> Response:
        return JSONResponse(_limits(config), headers={"Cache-Control": "no-cache"})

    async def openapi(_: Request) -> Response:
        return Response(description, media_type="application/json")

    return Service(
        settings,
        [
            Route("/v1/captions", captions.post, methods=["POST"]),
            Route("/v1/limits", limits, methods=["GET"]),
            Route("/openapi.json", openapi, methods=["GET"]),
            *page_routes(),
        ],
        ready=lambda: _undeclared(settings),
        calls=outbound,
        collectors=[captions.memory],
        largest_body=config.largest_picture,
    )


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
