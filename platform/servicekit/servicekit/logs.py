"""JSON log lines on standard output, one object a line."""

import asyncio
import functools
import json
import logging
import sys
import threading
import time
from collections.abc import Mapping
from typing import Any

from servicekit.context import current_request
from servicekit.settings import Settings

_encode = json.JSONEncoder(default=str).encode
_encode_word = functools.lru_cache(maxsize=1024)(_encode)
REQUEST = _encode("request")

_log = logging.getLogger("servicekit")


def configure_logging(settings: Settings, level: int = logging.INFO) -> None:
    """Send every log record of the process through one JSON handler, unless whoever runs it has set up logging."""
    root = logging.getLogger()
    if root.handlers:
        return
    root.addHandler(JsonLines(settings))
    root.setLevel(level)
    for name in ("httpx", "httpcore", "asyncio", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
        logger.setLevel(logging.WARNING)


def log_request(
    request_id: str, method: str, path: str, status: int, seconds: float, notes: Mapping[str, object]
) -> None:
    """The line of one request. A record of logging costs more than all the rest of a line, so that there is one only
    where somebody else set up logging."""
    level = logging.ERROR if status >= 500 else logging.INFO
    handlers = logging.root.handlers
    if len(handlers) == 1 and isinstance(handlers[0], JsonLines) and not _log.handlers:
        if _log.isEnabledFor(level):
            handlers[0].write_request(level, request_id, method, path, status, seconds, notes)
        return
    fields = {"request_id": request_id, "method": method, "path": path, "status": status}
    _log.log(level, "request", extra={"fields": {**fields, "duration_ms": round(seconds * 1000, 2), **notes}})


class JsonLines(logging.StreamHandler[Any]):
    """`extra={"fields": {...}}` adds members. Only what the code names is logged: no body, header or query string.

    The lines of requests leave the process when the event loop has done all that is due at that moment, so that many
    requests at once cost one call of the system; every other line leaves at once."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(sys.stdout)
        about = {
            "service": settings.service,
            "version": settings.version,
            "environment": settings.environment,
            "instance": settings.instance,
        }
        self._about = _encode(about)[1:-1]
        self._second = (0, "")
        self._waiting: list[str] = []
        self._lines = threading.RLock()

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {}
        request = current_request()
        if request is not None:
            fields["request_id"] = request.request_id
        fields.update(getattr(record, "fields", {}))
        if record.exc_info:
            fields["exception"] = logging.Formatter().formatException(record.exc_info)
        head = self._head(record.created, record.levelno, _encode(record.getMessage()))
        return f"{head}, {_encode(fields)[1:]}" if fields else head + "}"

    def emit(self, record: logging.LogRecord) -> None:
        line = self.format(record)
        with self._lines:
            self._waiting.append(line)
        self.flush()

    def write_request(
        self,
        level: int,
        request_id: str,
        method: str,
        path: str,
        status: int,
        seconds: float,
        notes: Mapping[str, object],
    ) -> None:
        """From within the event loop; `request_id` is made of plain characters alone."""
        line = (
            f'{self._head(time.time(), level, REQUEST)}, "request_id": "{request_id}", '
            f'"method": {_encode_word(method)}, "path": {_encode_word(path)}, "status": {status}, '
            f'"duration_ms": {seconds * 1000:.2f}'
            f"{', ' + _encode(notes)[1:] if notes else '}'}"
        )
        with self._lines:
            self._waiting.append(line)
        if len(self._waiting) == 1:
            asyncio.get_running_loop().call_soon(self.flush)

    def flush(self) -> None:
        with self._lines:
            lines, self._waiting = self._waiting, []
            if lines:
                self.stream.write("\n".join(lines) + "\n")
            self.stream.flush()

    def _head(self, created: float, level: int, message: str) -> str:
        name = logging.getLevelName(level).lower()
        return f'{{"time": "{self._time(created)}", "level": "{name}", "message": {message}, {self._about}'

    def _time(self, created: float) -> str:
        """In UTC with milliseconds; the seconds are written once for all lines of one second."""
        second = int(created)
        if second != self._second[0]:
            self._second = (second, time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second)))
        return f"{self._second[1]}.{int((created - second) * 1000):03d}+00:00"
