"""From a check to the request that it sends."""

import json
import os
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from ..model import Check
from ..model.expressions import ENVIRONMENT, PLACEHOLDER, header_fault
from .answer import Kind, Outgoing
from .cookies import cookies_of
from .match import Unusable

_DEFAULT_TIMEOUT: Final = 10.0

ReadFile = Callable[[str], bytes]


def outgoing_of(check: Check, read_file: ReadFile, known: Mapping[str, str]) -> Outgoing:
    """The check's request; `known` fills `${name}` placeholders. Unusable when it cannot be made."""
    request = check.request
    kind, name = kind_of(check)
    if kind is not Kind.HTTP:
        return Outgoing("GET", name, {}, None, deadline_of(check), kind=kind)
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
    if request.cookies and (cookies := cookies_of(known)):
        headers["Cookie"] = cookies
    _require_sendable(headers)
    path, certificate = fill(request.path, known), check.expect.certificate_days is not None
    deadline, head = deadline_of(check), check.expect.head
    return Outgoing(request.method, path, headers, body, deadline, head, certificate=certificate)


def kind_of(check: Check) -> tuple[Kind, str]:
    """What kind of request it is, and of the kinds that are not HTTP the name that it asks about."""
    request = check.request
    kinds = ((Kind.TCP, "" if request.tcp else None), (Kind.GRPC, request.grpc), (Kind.DNS, request.dns))
    asked = [(kind, name) for kind, name in kinds if name is not None]
    if len(asked) > 1:
        raise Unusable(f"a request is {asked[0][0]} or {asked[1][0]}, not both")
    return asked[0] if asked else (Kind.HTTP, "")


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
    """The text with every `${name}`, and every `${env:NAME}` of the environment, replaced. Unusable when one is not
    known."""

    def secret(match: re.Match[str]) -> str:
        if not os.environ.get(match[1]):
            raise Unusable(f"the variable {match[1]} of the environment is not set")
        return os.environ[match[1]]

    def value(match: re.Match[str]) -> str:
        if match[1] not in known:
            raise Unusable(f"${{{match[1]}}} was captured by no check before this one")
        return known[match[1]]

    return ENVIRONMENT.sub(secret, PLACEHOLDER.sub(value, text))


def secrets_in(check: Check) -> tuple[str, ...]:
    """The values that the check's request takes from the environment, longest first."""
    request = check.request
    texts = [request.path, request.body or "", *request.headers.values()]
    texts += [] if request.json is msgspec.UNSET else [json.dumps(request.json)]
    names = {name for text in texts for name in ENVIRONMENT.findall(text)}
    return tuple(sorted(filter(None, (os.environ.get(name) for name in names)), key=len, reverse=True))


def _require_sendable(headers: Mapping[str, str]) -> None:
    for name, value in headers.items():
        fault = header_fault(name, value)
        if fault:
            raise Unusable(fault)
