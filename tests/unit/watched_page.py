"""The page of a monitor at work, over a real socket."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from watched_services import Watcher

from oneway.monitor.web.server import listen, make_server
from oneway.monitor.web.web_api import make_api


@contextmanager
def page_of(watcher: Watcher, public: bool = False, draw: Callable[[], str] = str) -> Iterator[int]:
    """The page of a monitor at work; its port."""
    socket = listen("127.0.0.1", 0)
    server = make_server(make_api(watcher.engine, draw, public), {"127.0.0.1", "localhost", "::1"})
    served = asyncio.run_coroutine_threadsafe(server.serve(sockets=[socket]), watcher.loop)
    try:
        yield socket.getsockname()[1]
    finally:
        server.should_exit = True
        served.result(20)
