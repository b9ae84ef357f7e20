"""A line of a JSON log, as people read it."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from textwrap import indent
from typing import Any, Final

_HEAD: Final = ("time", "level", "message")
_KNOWN: Final = frozenset({*_HEAD, "service", "version", "environment", "instance"})
_BLOCK: Final = "exception"
_LAST: Final = "request_id"
_BARE: Final = re.compile(r"[^\s\"'=\\]+")
_UNPRINTABLE: Final = re.compile(
    r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What commands a terminal, turns the direction of text or cannot be encoded; line breaks are let through."""


def readable(line: str, zone: tzinfo | None = None) -> str:
    """`20:31:02.123 ERROR request status=500` for a JSON object with time, level and message; else the line itself.

    The time of day is that of `zone`, or of this machine; a time without a zone stays as it is. Further lines of the
    message, and servicekit's `exception`, follow indented.
    """
    try:
        said = json.loads(line)
        if not isinstance(said, dict) or not all(isinstance(said.get(name), str) for name in _HEAD):
            return line
        text = _text(said, zone)
    except (ValueError, OverflowError, RecursionError):
        return line
    return _UNPRINTABLE.sub(lambda found: repr(found[0])[1:-1], text)


def _text(said: Mapping[str, Any], zone: tzinfo | None) -> str:
    first, *more = said["message"].split("\n")
    level = "" if said["level"].lower() == "info" else said["level"].upper()
    words = (_time_of_day(said["time"], zone), level, first, *_members(said))
    if isinstance(said.get(_BLOCK), str):
        more += said[_BLOCK].split("\n")
    return "\n".join([" ".join(filter(None, words)), *(indent(each, "    ") for each in more)])


def _time_of_day(time: str, zone: tzinfo | None) -> str:
    moment = datetime.fromisoformat(time)
    local = moment.astimezone(zone) if moment.tzinfo else moment
    return local.strftime("%H:%M:%S.") + f"{local.microsecond // 1000:03}"


def _members(said: Mapping[str, Any]) -> Iterator[str]:
    """What else is said, as key=value, the long id of the request at the end."""
    for name, value in sorted(said.items(), key=lambda member: member[0] == _LAST):
        shown_elsewhere = name in _KNOWN or (name == _BLOCK and isinstance(value, str))
        if value is not None and not shown_elsewhere:
            yield f"{_word(name)}={_word(value)}"


def _word(value: object) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
