"""Show what came: one printable line of bounded length, without the values of secrets."""

import json
import re
from typing import Any, Final

from ..model.secrets import names_secret

_MAX_SHOWN: Final = 200
_HIDDEN: Final = "***"
_MAX_DEPTH: Final = 20
_ANNOUNCED: Final = re.compile(r"([\w-]{2,60})[\"']?\s{0,3}[:=]\s{0,3}[\"']?")
_VALUE: Final = re.compile(r"[^\s\"',;&}<]*")
_USER: Final = re.compile(r"(://[^/\s:@]{0,100}:)[^/\s@]{1,200}@")
_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,4000}", re.IGNORECASE)


def shown(value: Any, name: str = "") -> str:
    """The JSON value found under `name`; what stands under the name of a secret is hidden, at every depth."""
    return _line(json.dumps(_without_secrets(value, name), ensure_ascii=False))


def shown_number(number: float) -> str:
    """The number with all its digits, as people write it."""
    return f"{number:.0f}" if abs(number) < 1e16 and number == int(number) else repr(number)


def shown_text(text: str) -> str:
    """Text as it came; what looks like JSON is read as such."""
    cut = text.lstrip()[:100_000]
    if cut.startswith(("{", "[")):
        try:
            return shown(json.loads(cut))
        except (ValueError, RecursionError):
            pass
    return _line(_hide_in(text[: 4 * _MAX_SHOWN]))


def _without_secrets(value: Any, name: str, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        return "…"
    if value is not None and _leads_to_secret(name):
        return _HIDDEN
    match value:
        case dict():
            return {key: _without_secrets(each, key, depth + 1) for key, each in value.items()}
        case list():
            return [_without_secrets(each, "", depth + 1) for each in value]
        case str():
            return _hide_in(value[: 4 * _MAX_SHOWN])
    return value


def _leads_to_secret(path: str) -> bool:
    """Whether any field on the path announces a secret, as in `user.tokens[0]`."""
    return any(map(names_secret, re.split(r"[^\w-]+", path)))


def _hide_in(text: str) -> str:
    text = _BEARER.sub(rf"\1 {_HIDDEN}", _USER.sub(rf"\1{_HIDDEN}@", text))
    kept, done = "", 0
    for found in _ANNOUNCED.finditer(text):
        value = _VALUE.match(text, found.end())
        if value and value[0] and found.end() >= done and names_secret(found[1]):
            kept, done = kept + text[done : found.end()] + _HIDDEN, value.end()
    return kept + text[done:]


def _line(text: str) -> str:
    text = "".join(each if each.isprintable() else " " for each in text[: 4 * _MAX_SHOWN]).strip()
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
