"""Look names up without ever waiting for the look-up longer than for the answer."""

import asyncio
import socket
import threading
from contextlib import suppress

from aiohttp.abc import AbstractResolver, ResolveResult


class Resolver(AbstractResolver):
    """The system's resolver, each look-up in a daemon thread: one that hangs can be left behind, also by the end of
    the program, which waits for the threads of a pool."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of the host. OSError when there is none."""
        loop = asyncio.get_running_loop()
        found: asyncio.Future[list[ResolveResult]] = loop.create_future()

        def settle(result: list[ResolveResult] | OSError) -> None:
            if found.done():
                return
            if isinstance(result, OSError):
                found.set_exception(result)
            else:
                found.set_result(result)

        def look() -> None:
            result = _look_up(host, port, family)
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(settle, result)

        threading.Thread(target=look, daemon=True).start()
        return await found

    async def close(self) -> None:
        """Nothing is kept."""


def _look_up(host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult] | OSError:
    try:
        infos = socket.getaddrinfo(host, port, family, socket.SOCK_STREAM)
    except OSError as error:
        return error
    except ValueError as error:
        return OSError(f"{host} is no name of a host: {error}")
    return [
        ResolveResult(
            hostname=host,
            host=str(address[0]),
            port=int(address[1]),
            family=found,
            proto=protocol,
            flags=socket.AI_NUMERICHOST,
        )
        for found, _, protocol, _, address in infos
    ]
