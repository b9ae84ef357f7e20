"""Speak to a service inside the test's own process, between its startup and its stop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from servicekit import Service


@asynccontextmanager
async def client_of(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service, client=("192.0.2.1", 40000))
    async with (
        service.application.lifespan_context(service),
        httpx.AsyncClient(transport=transport, base_url="http://service") as client,
    ):
        yield client
