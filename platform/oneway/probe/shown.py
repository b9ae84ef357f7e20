"""Show what came: one printable line of bounded length, without the values of secrets."""

import json
import re
from typing import Any, Final

from ..model.secrets import names_secret

_MAX_SHOWN: Final = 200
_HIDDEN: Final = "***"
_MAX_DEPTH: Final = 20
_WRITTEN: Final = re.compile(r"([A-Za-z][\w-]{2,60})([\"']?\s{0,3}[:=]\s{0,3}[\"']?)([^\s\"',;&}<]{1,4000})")
_USER: Final = re.compile(r"(://[^/\s:@]{0,100}:)[^/\s@]{1,200}@")
_BEARER: Final = re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,4000}", re.IGNORECASE)


def shown(value: Any, name: str = "") -> str:
    """The JSON value found under `name`; what stands under the name of a secret is hidden, at every depth."""
    return _line(json.dumps(_without_secrets(value, name), ensure_ascii=False))


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
    if value is not None and names_secret(_last_word(name)):
        return _HIDDEN
    match value:
        case dict():
            return {key: _without_secrets(each, key, depth + 1) for key, each in value.items()}
        case list():
            return [_without_secrets(each, "", depth + 1) for each in value]
        case str():
            return _hide_in(value[: 4 * _MAX_SHOWN])
    return value


def _last_word(path: str) -> str:
    """The field that a path ends in: `token` of `user.tokens[0].token`."""
    return re.split(r"[^\w-]+", path.rstrip("])\"'` "))[-1] or path


def _hide_in(text: str) -> str:
    text = _BEARER.sub(rf"\1 {_HIDDEN}", _USER.sub(rf"\1{_HIDDEN}@", text))
    return _WRITTEN.sub(lambda found: found[1] + found[2] + (_HIDDEN if names_secret(found[1]) else found[3]), text)


def _line(text: str) -> str:
    text = "".join(each if each.isprintable() else " " for each in text[: 4 * _MAX_SHOWN]).strip()
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
