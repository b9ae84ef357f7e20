"""A smoke check cannot be carried out as it is written.

Why: a check that nobody can carry out is inconclusive, so it never passes, and that shows in the middle of a rollout.

How: everything that a check says in a language of its own is read as it will be read then: JMESPath in `body` and
`capture`, with its functions; patterns under `matches`, which are RE2; names and values of headers, as HTTP carries
them; `${name}`, which an earlier check has to capture; one body at the most; a status that ends an answer; nothing
asked of a body that `head: true` does not read; one kind of request (`tcp`, `grpc`, `dns`, or HTTP) at an address that
fits; a description to make checks from, where `openapi: true` asks for them. The requests of
`load.requests` are read in the same way, and `rollout.load` needs one request that can be sent by itself: a check that
stands alone and expects no refusal, or one of those.

    expect: {body: {"captions[0": {matches: "("}}}

Mend it: follow the hint.
"""

from collections.abc import Iterator, Set
from typing import Final

from msgspec import UNSET

from ...errors import Severity, UsageError
from ...model import Check, Matcher, Service, Smoke
from ...model.expressions import header_fault, names_of_placeholders, parse_expression
from ...model.load_mix import NothingToMeasure, mix_of
from ...model.patterns import compile_pattern
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

Path = tuple[str | int, ...]
Fault = tuple[Path, str, str]
"""Where in the check, what is wrong, and what to do."""

_SCHEMES: Final = {
    "http": ("https", "http"),
    "tcp": ("tcp", "http", "https"),
    "grpc": ("grpc", "grpcs"),
    "dns": (),
}
_JMESPATH: Final = 'write a JMESPath, as in captions[0].text; other names in quotes, as in "a-b"'


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each part of a check that cannot be used."""
    for name, service in facts.services.items():
        if isinstance(service.smoke, Smoke) and service.smoke.openapi and not _is_described(service):
            yield Breach(
                f"{name} wants checks from OpenAPI, and none of its endpoints names a description",
                facts.place(name, "smoke", "openapi"),
                "add `openapi: path/to/openapi.json` to the endpoint, or take `openapi: true` away",
                service=name,
                subject="openapi",
            )
        captured: set[str] = set()
        for index, each in enumerate(service.checks):
            for path, message, hint in _faults(each, captured):
                yield Breach(
                    f"check {each.name!r}: {message}",
                    facts.place(name, *service.check_place(index), *path),
                    hint,
                    service=name,
                    subject=f"{each.name} {'.'.join(map(str, path))}",
                )
            captured |= each.capture.keys()
        yield from _of_load(facts, service)


def _of_load(facts: Facts, service: Service) -> Iterator[Breach]:
    """The same for each entry of `load.requests`: a check of the service, or a request of its own."""
    if service.rollout.load and (missing := _nothing_to_measure(service)) is not None:
        yield Breach(
            f"`rollout.load` measures each version, and {missing.message}",
            facts.place(service.name, "rollout", "load"),
            missing.hint,
            service=service.name,
            subject="rollout.load",
        )
    known = {each.name for each in service.checks}
    for index, entry in enumerate(service.load.requests):
        faults: list[Fault] = []
        if (entry.check is None) == (entry.request is None):
            faults.append(((), "it has either `check` or `request`", "keep one of them"))
        elif entry.check is not None and entry.check not in known:
            hint = f"its checks: {'; '.join(sorted(known)) or 'none'}"
            faults.append((("check",), f"{service.name} has no check {entry.check!r}", hint))
        elif entry.request is not None:
            faults += _faults(Check(name="", request=entry.request, expect=entry.expect), frozenset())
        for path, message, hint in faults:
            yield Breach(
                f"load request {index + 1}: {message}",
                facts.place(service.name, "load", "requests", index, *path),
                hint,
                service=service.name,
                subject=f"load request {index + 1} {'.'.join(map(str, path))}",
            )


def _nothing_to_measure(service: Service) -> NothingToMeasure | None:
    try:
        mix_of(service)
    except NothingToMeasure as nothing:
        return nothing
    except UsageError:
        return None
    return None


def _is_described(service: Service) -> bool:
    return any(each.openapi is not None and each.protocol == "http" for each in service.endpoints)


def _faults(each: Check, captured: Set[str]) -> Iterator[Fault]:
    yield from _request(each)
    yield from _placeholders(each, captured)
    yield from _answer(each)
    for name, path in each.capture.items():
        yield from _expression(("capture", name), path)


def _request(each: Check) -> Iterator[Fault]:
    request = each.request
    yield from _kind(each)
    given = [name for name in ("json", "body", "file") if getattr(request, name) not in (UNSET, None)]
    if len(given) > 1:
        yield ("request", given[1]), f"it sends {' and '.join(given)}, and a request has one body", f"keep {given[0]}"
    for name, value in request.headers.items():
        fault = header_fault(name, value)
        if fault:
            yield (
                ("request", "headers", name),
                fault,
                "HTTP headers are ASCII: encode the value, or send it in the body",
            )
    fault = header_fault("Content-Type", request.type) if request.type is not None else ""
    if fault:
        yield ("request", "type"), fault, "write a media type, as in image/jpeg"


def _kind(each: Check) -> Iterator[Fault]:
    """HTTP, a port, gRPC or a name: one of them, at an address that fits, and nothing asked that only HTTP has."""
    request, expect = each.request, each.expect
    kinds = {"tcp": request.tcp or None, "grpc": request.grpc, "dns": request.dns}
    given = [name for name, value in kinds.items() if value is not None]
    if len(given) > 1:
        yield (
            ("request", given[1]),
            f"it asks for {' and '.join(given)}, and a request is one of them",
            "make two checks",
        )
    kind = given[0] if given else "http"
    if request.base is not None:
        scheme, _, place = request.base.partition("://")
        fitting = _SCHEMES[kind]
        if scheme not in fitting:
            hint = f"write {' or '.join(f'{one}://…' for one in fitting)}" if fitting else "take `base` away"
            yield ("request", "base"), f"{kind} is not asked at {scheme}://", hint
        elif scheme in ("tcp", "grpc", "grpcs") and ":" not in place.rpartition("]")[2]:
            yield ("request", "base"), f"{request.base} names no port", f"write it, as in {request.base}:5432"
    if given and (expect.headers or expect.head or expect.certificate_days is not None):
        yield ("expect",), f"an answer of {kind} has neither headers nor a certificate to ask about", "ask with HTTP"
    if expect.certificate_days is not None and request.base is not None and request.base.startswith("http:"):
        yield ("expect", "certificate_days"), f"{request.base} has no certificate", "write https://…"


def _placeholders(each: Check, captured: Set[str]) -> Iterator[Fault]:
    request, expect = each.request, each.expect
    values: list[tuple[Path, object]] = [
        (("request", field), getattr(request, field)) for field in ("path", "json", "body")
    ]
    values += [(("request", "headers", name), value) for name, value in request.headers.items()]
    values += [(("expect", "headers", name), value) for name, value in expect.headers.items()]
    values += [(("expect", "body", path), value) for path, value in expect.body.items()]
    for where, value in values:
        for name in dict.fromkeys(names_of_placeholders(value)):
            if name not in captured:
                said = f"`capture: {{{name}: …}}` in a check before this one"
                yield where, f"${{{name}}} was captured by no check before this one", said


def _answer(each: Check) -> Iterator[Fault]:
    expect = each.expect
    if expect.status < 200:
        yield ("expect", "status"), f"{expect.status} is no status that ends an answer", "write 200 to 599"
    if expect.head and (expect.body or each.capture):
        hint = "take `head` away, or ask about status and headers only"
        yield ("expect", "head"), "`head: true` says that the body is not read, and it asks for what is in it", hint
    for name, wanted in expect.headers.items():
        if header_fault(name, ""):
            yield ("expect", "headers", name), header_fault(name, ""), "correct the name"
        yield from _pattern(("expect", "headers", name), wanted)
    for path, value in expect.body.items():
        yield from _expression(("expect", "body", path), path)
        yield from _pattern(("expect", "body", path), value)


def _expression(where: Path, text: str) -> Iterator[Fault]:
    try:
        parse_expression(text)
    except ValueError as error:
        yield where, str(error), _JMESPATH


def _pattern(where: Path, wanted: object) -> Iterator[Fault]:
    if isinstance(wanted, Matcher) and wanted.matches is not None:
        try:
            compile_pattern(wanted.matches)
        except ValueError as error:
            yield (*where, "matches"), str(error), "patterns are RE2: see github.com/google/re2/wiki/Syntax"
