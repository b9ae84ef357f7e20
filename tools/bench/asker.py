"""A service that calls the id service for each request that it gets, on the standard library alone."""

import http.server
import json
import os
import signal
import threading
import urllib.request


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, body = (200, b"ready") if self.path == "/readyz" else _ask()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing: who asks logs for itself."""


def _ask() -> tuple[int, bytes]:
    call = json.loads(os.environ["ONEWAY_CALLS"])["id"]
    try:
        with urllib.request.urlopen(
            urllib.request.Request(f"{call['url']}/v1/ids", method="POST"), timeout=5
        ) as answer:
            return 200, answer.read()
    except OSError as error:
        return 502, str(error).encode()


if __name__ == "__main__":
    server = http.server.ThreadingHTTPServer(("127.0.0.1", int(os.environ["PORT"])), Answer)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
