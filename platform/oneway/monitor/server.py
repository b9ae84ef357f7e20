"""The status page's server: read-only, on loopback unless told otherwise."""

import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

from ..errors import OnewayError
from .loop import Board, overall
from .page import html_page, metrics, status_json
from .state import Health

Rendered = tuple[int, str, str]


def serve(board: Board, title: str, host: str, port: int) -> ThreadingHTTPServer:
    """Serve `/`, `/metrics`, `/status.json` and `/livez` in a thread. OnewayError when the port is taken."""
    try:
        server = ThreadingHTTPServer((host, port), _handler(board, title))
    except OSError as error:
        raise OnewayError(
            f"the status page cannot listen on {host}:{port}: {error.strerror}",
            "choose another with --listen, or 0 for a free one",
        ) from None
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _handler(board: Board, title: str) -> type[BaseHTTPRequestHandler]:
    pages: Final[dict[str, Callable[[], Rendered]]] = {
        "/": lambda: (200, "text/html; charset=utf-8", html_page(board, title, _when(board))),
        "/metrics": lambda: (200, "text/plain; version=0.0.4; charset=utf-8", metrics(board)),
        "/status.json": lambda: (_status(board), "application/json", status_json(board)),
        "/livez": lambda: (200, "text/plain; charset=utf-8", "alive\n"),
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10

        def do_GET(self) -> None:
            page = pages.get(self.path.partition("?")[0])
            status, kind, text = page() if page else (404, "text/plain; charset=utf-8", "no such page\n")
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Requests for the page are not worth a line."""

    return Handler


def _status(board: Board) -> int:
    return 503 if overall(board) is Health.BAD else 200


def _when(board: Board) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(board.last_round)) if board.rounds else "not yet finished"
