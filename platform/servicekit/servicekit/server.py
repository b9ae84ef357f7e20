"""The process around a service: uvicorn, with a stop that loses no request and ends with exit status 0."""

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator

import uvicorn

from servicekit.protocol import BoundedProtocol
from servicekit.service import Service

# Seconds that an idle connection stays open. Proxies keep theirs shorter (Caddy: 120), so that it is always the proxy
# that closes one, never the server at the moment in which the proxy sends the next request.
KEEP_ALIVE = 180
QUIET = 0.25
LONGEST_LINGER = 3.0
LONGEST_STOP = 30

_log = logging.getLogger("servicekit")


def serve(service: Service, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT. Raises SystemExit where the service cannot start or the port is taken."""
    _log.info("listening at %s:%d once started", host, port)
    Server(service, host, port).run()


class Server(uvicorn.Server):
    """On SIGTERM it turns not ready, goes on answering (each answer closing its connection) until nobody has asked for
    QUIET seconds, at most LONGEST_LINGER, then closes its port, finishes what is under way and ends."""

    def __init__(self, service: Service, host: str, port: int) -> None:
        self._service = service
        super().__init__(
            uvicorn.Config(
                service,
                host=host,
                port=port,
                http=BoundedProtocol,
                ws="none",
                lifespan="on",
                interface="asgi3",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=bool(service.settings.trusted_proxies),
                forwarded_allow_ips=list(service.settings.trusted_proxies),
                timeout_keep_alive=KEEP_ALIVE,
                timeout_graceful_shutdown=LONGEST_STOP,
            )
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.drain()
        await self._linger()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, but a stop that was asked for is a success and not a death by signal."""
        previous = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    async def _linger(self) -> None:
        loop = asyncio.get_running_loop()
        latest = loop.time() + LONGEST_LINGER
        quiet_from = loop.time()
        while not self.force_exit:
            quiet_from = max(quiet_from, self._service.last_request)
            pause = min(quiet_from + QUIET, latest) - loop.time()
            if pause <= 0:
                return
            await asyncio.sleep(pause)
