"""A service to stop, to overfeed and to start wrongly."""

import asyncio

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from servicekit import Service, Settings


async def slow(request: Request) -> Response:
    await asyncio.sleep(float(request.query_params.get("seconds", "0")))
    return JSONResponse({"answered": True})


async def echo(request: Request) -> Response:
    return JSONResponse({"size": len(await request.body())})


def routes() -> list[Route]:
    return [Route("/slow", slow), Route("/echo", echo, methods=["POST"])]


app = Service(Settings.from_environment("sample"), routes(), largest_body=100_000)
not_a_service = object()
