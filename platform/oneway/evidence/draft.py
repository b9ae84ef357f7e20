"""A first draft of manifests from what exists: true in what was seen, marked where a person must decide."""

import json
import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from ..model.secrets import redact
from .observed import Observed, ObservedCall, ObservedChannel, ObservedService, service_name

_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NAME: Final = re.compile(r"[a-z]([a-z0-9-]{0,48}[a-z0-9])?")
_KEY: Final = re.compile(r"[A-Za-z0-9._-]{1,253}")
_SEMVER: Final = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+)(?![0-9.])")
# Rules that speak of numbers, checks and people that no file of another tool says.
_NOT_YET_KNOWN: Final = (
    "availability-ceiling",
    "capacity",
    "depth",
    "fan-in",
    "health-missing",
    "latency-ceiling",
    "openapi-missing",
    "orphan",
    "retry-amplification",
    "single-owner",
    "smoke-missing",
    "timeout-budget",
    "unknown-endpoint",
)
OWNER: Final = "nobody-yet"
DOMAIN: Final = "imported"


def draft_manifests(
    observed: Observed, platform: str, is_there: Callable[[str], bool] = lambda path: True
) -> dict[str, str]:
    """File name → text: `platform.yaml` and one manifest per service. Values of secrets are never written.

    `is_there` says whether a Dockerfile that a file names exists in this repository.
    """
    calls: dict[str, dict[str, list[ObservedCall]]] = {}
    for (source, target), evidence in observed.pairs().items():
        calls.setdefault(source, {})[target] = list(evidence)
    files = {"platform.yaml": "\n".join(_platform(platform, observed.channels)) + "\n"}
    for each in observed.services:
        known = each if is_there(each.build) else replace(each, build="")
        channels = _channels(each.name, observed.channels)
        lines = _service(known, calls.get(each.name, {}), _endpoints(observed, each), channels)
        files[f"{each.name}.yaml"] = "\n".join(lines) + "\n"
    return files


def _platform(name: str, channels: Sequence[ObservedChannel]) -> Iterator[str]:
    yield "apiVersion: oneway/v1"
    yield f"platform: {name}"
    yield f"owners: {{{OWNER}: {{name: Nobody yet}}}}        # name the people, and give every service one of them"
    yield f"domains: {{{DOMAIN}: {{summary: Imported from what exists}}}}"
    if channels:
        yield "channels:"
    for each in channels:
        broker = f"broker: {each.broker}" if each.broker else ""
        yield f"  {each.name}: {{{broker}}}            # {_comment(', '.join(each.places[:3]))}"
    yield "environments: {local: {target: local}}"
    yield "# What nobody can know of a system that was only looked at: take a line away when you have written it down."
    yield "rules:"
    yield from (f"  {rule}: {{severity: off, reason: not yet known of what was imported}}" for rule in _NOT_YET_KNOWN)


def _endpoints(observed: Observed, service: ObservedService) -> list[tuple[str, int, str]]:
    """Name, port and protocol of every port that a file declares or a caller addresses; http where a URL says so."""
    calls = [each for each in observed.calls if each.target == service.name]
    ports = {port: label for label, port in service.ports.items()}
    for call in calls:
        if call.port:
            ports.setdefault(call.port, f"port-{call.port}")
    http = {call.port for call in calls if call.scheme in ("http", "https")}
    only = len(ports) == 1 and 0 in http
    return [
        (ports[port], port, "udp" if port in service.udp else "http" if port in http or only else "tcp")
        for port in sorted(ports)
    ]


def _channels(name: str, channels: Sequence[ObservedChannel]) -> Iterator[str]:
    for field, way in (("publishes", "publishers"), ("subscribes", "subscribers")):
        if found := [each.name for each in channels if name in getattr(each, way)]:
            yield f"{field}: [{', '.join(found)}]"


def _service(
    service: ObservedService,
    calls: dict[str, list[ObservedCall]],
    endpoints: list[tuple[str, int, str]],
    channels: Iterable[str],
) -> Iterator[str]:
    yield f"# drafted from {_comment(service.source)}"
    yield "apiVersion: oneway/v1"
    yield f"service: {service.name}"
    match = _SEMVER.search(service.image.rpartition(":")[2])
    yield f"version: {match[1]}" if match else "version: 0.1.0                  # no tag says which: set it"
    yield f"owner: {OWNER}"
    yield f"domain: {DOMAIN}"
    if service.build and not service.build.startswith(("../", "/")):
        folder = posixpath.dirname(service.build) or "."
        yield f"build: {{path: {_quoted(folder)}, dockerfile: {_quoted(service.build)}}}"
    elif service.image:
        yield f"build: {{image: {_quoted(redact(service.image))}}}"
    if endpoints:
        yield "endpoints:"
        for at, (name, port, protocol) in enumerate(endpoints):
            public = ", public: true" if service.public and at == 0 else ""
            yield f"  - {{name: {name}, port: {port}, protocol: {protocol}{public}}}"
    if calls:
        yield "calls:"
        for target, evidence in sorted(calls.items()):
            yield f"  - {{to: {target}}}            # {_comment(_reasons(evidence))}"
    yield from channels
    if service.replicas is not None:
        yield f"replicas: {service.replicas}"
    if service.cpu or service.memory:
        given = [
            f"{key}: {_quoted(value)}" for key, value in (("cpu", service.cpu), ("memory", service.memory)) if value
        ]
        yield f"resources: {{{', '.join(given)}}}"
    yield from _variables(service)


def _reasons(evidence: list[ObservedCall]) -> str:
    """What shows the call and how far that goes: `written: environment API_URL; seen: 40 requests`."""
    said: dict[str, list[str]] = {}
    for each in evidence:
        reasons = said.setdefault(each.confidence, [])
        if each.why not in reasons:
            reasons.append(each.why)
    more = [f"{len(reasons) - 3} more" if len(reasons) > 3 else "" for reasons in said.values()]
    parts = (
        f"{confidence}: {', '.join(filter(None, [*reasons[:3], rest]))}"
        for (confidence, reasons), rest in zip(sorted(said.items()), more, strict=True)
    )
    return "; ".join(parts)


def _variables(service: ObservedService) -> Iterator[str]:
    plain = {key: value for key, value in sorted(service.env.items()) if _VARIABLE.fullmatch(key)}
    if plain:
        yield "env:"
        yield from (f"  {key}: {_quoted(value)}" for key, value in plain.items())
    secret = {key: each for key, each in sorted(service.secret_env.items()) if _VARIABLE.fullmatch(key)}
    if secret:
        yield "secrets:"
    for key, each in secret.items():
        name = each.name if _NAME.fullmatch(each.name) else service_name(each.name or service.name)
        at = each.key if _KEY.fullmatch(each.key) else key
        reasons = [f"taken as a secret: {each.why}" if each.why else ""]
        reasons += [f"it is {each.name} where it was found" if each.name and each.name != name else ""]
        said = "; ".join(filter(None, reasons))
        yield f"  {key}: {{name: {name}, key: {_quoted(at)}}}" + (f"    # {_comment(said)}" if said else "")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
