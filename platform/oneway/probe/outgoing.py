"""From a check to the request that it sends."""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ..model import Check
from ..model.expressions import PLACEHOLDER, header_fault
from .answer import Outgoing
from .match import Unusable

_DEFAULT_TIMEOUT: Final = 10.0

ReadFile = Callable[[str], bytes]


def outgoing_of(check: Check, read_file: ReadFile, known: Mapping[str, str]) -> Outgoing:
    """The check's request; `known` fills `${name}` placeholders. Unusable when it cannot be made."""
    request = check.request
    if check.expect.head and (check.expect.body or check.capture):
        raise Unusable("`head: true` says that the body is not read, and the check asks for what is in it")
    headers = {name: fill(value, known) for name, value in request.headers.items()}
    body: bytes | None = None
    if request.file is not None:
        try:
            body = read_file(request.file)
        except OSError as error:
            raise Unusable(f"{request.file} cannot be read: {error.strerror or error}") from None
    elif request.body is not None:
        body = fill(request.body, known).encode("utf-8", "replace")
    elif request.json is not msgspec.UNSET:
        body = json.dumps(fill_all(request.json, known)).encode()
        if not any(name.lower() == "content-type" for name in headers):
            headers["Content-Type"] = "application/json"
    if request.type is not None:
        headers = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        headers["Content-Type"] = request.type
    _require_sendable(headers)
    return Outgoing(request.method, fill(request.path, known), headers, body, deadline_of(check), check.expect.head)


def deadline_of(check: Check) -> float:
    """Seconds after which the check is over, whatever came. Twice its `within`, so that a slow answer is still seen."""
    within = check.expect.within
    return float(_DEFAULT_TIMEOUT if within is None else max(2 * within, within + 1))


def fill_all(value: Any, known: Mapping[str, str]) -> Any:
    """Every text inside the value filled."""
    match value:
        case str():
            return fill(value, known)
        case list():
            return [fill_all(each, known) for each in value]
        case dict():
            return {key: fill_all(each, known) for key, each in value.items()}
    return value


def fill(text: str, known: Mapping[str, str]) -> str:
    """The text with every `${name}` replaced. Unusable when a name is not known."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise Unusable(f"${{{match[1]}}} was captured by no check before this one")
        return known[match[1]]

    return PLACEHOLDER.sub(value, text)


def _require_sendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        fault = header_fault(name, value)
        if fault:
            raise Unusable(fault)
