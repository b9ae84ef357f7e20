"""JSON log lines on standard output, one object a line."""

import json
import logging
import sys
from datetime import UTC, datetime

from servicekit.context import current_request
from servicekit.settings import Settings


def configure_logging(settings: Settings, level: int = logging.INFO) -> None:
    """Send every log record of the process through one JSON handler, unless whoever runs it has set up logging."""
    root = logging.getLogger()
    if root.handlers:
        return
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLines(settings))
    root.addHandler(handler)
    root.setLevel(level)
    for name in ("httpx", "httpcore", "asyncio", "uvicorn", "uvicorn.error", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = name != "uvicorn.access"
        logger.setLevel(logging.WARNING)


class JsonLines(logging.Formatter):
    """`extra={"fields": {...}}` adds members. Only what the code names is logged: no body, header or query string."""

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._constant = {
            "service": settings.service,
            "version": settings.version,
            "environment": settings.environment,
            "instance": settings.instance,
        }

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
        }
        line |= self._constant
        request = current_request()
        if request is not None:
            line["request_id"] = request.request_id
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, default=str)
