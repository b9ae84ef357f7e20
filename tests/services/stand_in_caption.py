"""A small service that speaks as caption does, so that the gateway meets every answer that caption can give.

What follows them chooses: `text:…` is answered as the sentence, `status:503` with that status, `wait:2` late.
"""

import asyncio
import os

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from servicekit import Problem, Service, Settings

JPEG = b"\xff\xd8\xff\xe0"


def create(settings: Settings) -> Service:
    return Service(settings, [Route("/v1/captions", post, methods=["POST"])], largest_body=16 * 1024 * 1024)


async def post(request: Request) -> Response:
    order, _, value = (await request.body()).removeprefix(JPEG).partition(b":")
    if order == b"status":
        status, _, retry_after = value.decode().partition(",")
        headers = {"Retry-After": retry_after} if retry_after else {}
        raise Problem(int(status), f"caption says {status}", headers=headers)
    if order == b"wait":
        await asyncio.sleep(float(value))
    if order == b"garbage":
        return Response(b"<html>", media_type="text/html")
    text = value.decode() if order == b"text" else "a red car on the beach"
    return JSONResponse(
        {
            "id": "118377916890361856",
            "captions": [{"text": text, "probability": 0.93}, {"text": "a red bus on the beach", "probability": 0.04}],
            "source": "scenes",
            "model": {"name": "scenes", "version": "1.0.0"},
            "timings_ms": {"decode": 3.2, "caption": 11.9},
            "degraded": [],
            "received": {
                "type": request.headers["Content-Type"],
                "query": request.url.query,
                "request_id": request.headers["X-Request-ID"],
                "deadline_ms": int(request.headers["X-Request-Deadline-Ms"]),
                "key": request.headers.get("X-API-Key"),
            },
        }
    )


app = create(Settings.from_environment("caption", os.environ))
