"""The start of programs that tests write: a small HTTP server that answers `/readyz` and `/livez`, and does what `main`
adds to it."""

SERVER = """\
import os, sys, threading, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        status, text = answer(self.path)
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in HEADERS.get(self.path, {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

HEADERS = {}

def answer(path):
    return 200, os.environ.get("ONEWAY_VERSION", "")

def serve(host="127.0.0.1", port=None):
    ThreadingHTTPServer((host, port or int(os.environ["PORT"])), Handler).serve_forever()
"""
"""Redefine `answer(path)` and call `serve()`."""
