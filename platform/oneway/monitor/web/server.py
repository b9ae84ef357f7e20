"""Serve the page and the API in the monitor's own loop."""

import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from ...errors import OnewayError
from .guard import Guard


class _Server(uvicorn.Server):
    """One that leaves signals to the command."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """The socket of the page. OnewayError where the port is taken."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except OSError as error:
        raise OnewayError(
            f"the status page cannot listen on {host}:{port}: {error.strerror}",
            "choose another with --listen, or 0 for a free one",
        ) from None


def make_server(application: FastAPI, hosts: Iterable[str]) -> uvicorn.Server:
    """The server; `serve(sockets=[…])` runs it, `should_exit` ends it."""
    configuration = uvicorn.Config(
        Guard(application, hosts),
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_keep_alive=5,
        timeout_graceful_shutdown=2,
        limit_concurrency=500,
        lifespan="off",
    )
    return _Server(configuration)
