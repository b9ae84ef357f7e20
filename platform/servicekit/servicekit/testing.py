"""Ask a service in a test's own process, without a port."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from servicekit.service import Service


@asynccontextmanager
async def client_of(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    """A client, between the startup of the service and its stop."""
    transport = httpx.ASGITransport(service, client=("192.0.2.1", 40000))
    async with (
        service.router.lifespan_context(service),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        yield client


def ask(service: Service, method: str, path: str, **more: Any) -> httpx.Response:
    """One request, with `more` as httpx takes it: content, json, params, headers."""

    async def asked() -> httpx.Response:
        async with client_of(service) as client:
            return await client.request(method, path, **more)

    return asyncio.run(asked())
