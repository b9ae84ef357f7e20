"""The program of the trial services: MODE VERSION PORT. It runs in real pods as `python3 -c`."""

import json
import os
import signal
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

mode, version, port = sys.argv[-3], sys.argv[-2], int(sys.argv[-1])


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        return

    def answer(self, status: int, body: object, location: str = "") -> None:
        content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
        self.send_response(status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        if self.path == "/readyz":
            status, location = {"unready": (503, ""), "moved": (302, "/livez"), "lost": (302, "/gone")}.get(
                mode, (200, "")
            )
            self.answer(status, {}, location)
        elif self.path == "/v":
            number, form = 41 if mode == "wrong" else 42, 2 if mode == "breaking" else 1
            self.answer(200, {"answer": number, "format": form, "version": version, "pod": os.environ.get("HOSTNAME")})
        elif self.path == "/call":
            self.answer(*called())
        elif self.path == "/":
            self.answer(500 if mode == "error" else 200, version)
        else:
            self.answer(200 if self.path == "/livez" else 404, {})


def called() -> tuple[int, object]:
    try:
        calls = json.loads(os.environ["ONEWAY_CALLS"])
        if "plain" in sys.argv:
            (only,) = calls.values()
            with urllib.request.urlopen(only["url"] + "/", timeout=3) as answer:
                return answer.status, answer.read().decode()
        return 200, {
            name: json.load(urllib.request.urlopen(each["url"] + "/v", timeout=3)) for name, each in calls.items()
        }
    except OSError as error:
        return 502, {"error": str(error)}


def die() -> None:
    print("boom: no database", flush=True)
    os._exit(9)


if mode == "crash":
    print("boom: no database", flush=True)
    sys.exit(7)
server = ThreadingHTTPServer(("0.0.0.0", port), Handler)
server.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
if mode == "flap":
    threading.Timer(6, die).start()
print("echo started", flush=True)
server.serve_forever(poll_interval=0.1)
