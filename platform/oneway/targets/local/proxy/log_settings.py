"""What Caddy writes down. Of a request that is its method, its path and how it was answered: never a header's value, a
query string or a password in an address, for secrets travel there, and never a word of what the caller sent."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

# What Go puts in quotation marks when it tells an error is what it was sent.
_QUOTED: Final = '"(?:[^"\\\\]|\\\\.)*"?|`[^`]*`?'
_BEFORE_THE_PATH: Final = r"^[^/?#;]+(?://[^/?#;]*)?"
_AFTER_THE_PATH: Final = r"[?#;].*"
_DELETED: Final[dict[str, Any]] = {"filter": "delete"}
_UNQUOTED: Final[dict[str, Any]] = {"filter": "regexp", "regexp": _QUOTED, "value": "…"}


def log_name(service: str) -> str:
    """What Caddy calls the access log of a service."""
    return f"access-{service}"


def access_log(service: str, logs: Path) -> Path:
    """The file of the service's access log."""
    return logs / service / "access.log"


def pace_log(logs: Path) -> Path:
    """The file that tells when requests begin and when they are answered."""
    return logs / "pace.log"


def log_everything(services: Iterable[str], logs: Path, passing: bool) -> dict[str, Any]:
    """All logs of a configuration: one of what users of each service were answered, and one of Caddy's own troubles;
    while traffic passes from one release to another also what is under way."""
    pace = {"pace": _log_pace(logs)} if passing else {}
    return {"default": _log_troubles(), **pace, **{log_name(each): _log_access(each, logs) for each in services}}


def _log_pace(logs: Path) -> dict[str, Any]:
    fields = {"request": _DELETED, "headers": _DELETED, "error": _UNQUOTED}
    return {
        "level": "DEBUG",
        "writer": _roll(pace_log(logs)),
        "include": ["http.handlers.reverse_proxy"],
        "encoder": {"format": "filter", "wrap": {"format": "json"}, "fields": fields},
    }


def _log_troubles() -> dict[str, Any]:
    """Requests that failed stand in their service's access log; told here too, they would be told with all they had."""
    fields = {
        "request": _DELETED,
        "headers": _DELETED,
        "resp_headers": _DELETED,
        "error": _UNQUOTED,
    }
    return {
        "level": "WARN",
        "writer": {"output": "stderr"},
        "exclude": ["http.log"],
        "encoder": {"format": "filter", "wrap": {"format": "json"}, "fields": fields},
    }


def _log_access(service: str, logs: Path) -> dict[str, Any]:
    fields = {
        "request>headers": _DELETED,
        "request>host": _DELETED,
        "request>tls": _DELETED,
        "resp_headers": _DELETED,
        "user_id": _DELETED,
        "fault": _UNQUOTED,
        "caller": {"filter": "hash"},
        "request>uri": {
            "filter": "multi_regexp",
            "operations": [
                {"regexp": _AFTER_THE_PATH, "value": ""},
                {"regexp": _BEFORE_THE_PATH, "value": ""},
            ],
        },
    }
    return {
        "writer": _roll(access_log(service, logs)),
        "include": [f"http.log.access.{log_name(service)}"],
        "encoder": {"format": "filter", "wrap": {"format": "json"}, "fields": fields},
    }


def _roll(file: Path) -> dict[str, Any]:
    return {"output": "file", "filename": str(file), "roll_size_mb": 10, "roll_keep": 2, "roll_gzip": False}
