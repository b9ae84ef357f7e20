"""A first draft of manifests from what exists: true in what was seen, marked where a person must decide."""

import json
import re
from collections.abc import Iterator
from typing import Final

from .observed import Observed, ObservedCall, ObservedService

_SEMVER: Final = re.compile(r"v?([0-9]+\.[0-9]+\.[0-9]+)(?![0-9.])")
OWNER: Final = "nobody-yet"
DOMAIN: Final = "imported"


def draft_manifests(observed: Observed, platform: str) -> dict[str, str]:
    """File name → text: `platform.yaml` and one manifest per service. Values of secrets are never written."""
    calls: dict[str, dict[str, list[ObservedCall]]] = {}
    for (source, target), evidence in observed.pairs().items():
        calls.setdefault(source, {})[target] = list(evidence)
    files = {
        f"{each.name}.yaml": "\n".join(_service(each, calls.get(each.name, {}))) + "\n" for each in observed.services
    }
    return {"platform.yaml": "\n".join(_platform(platform)) + "\n", **files}


def _platform(name: str) -> Iterator[str]:
    yield "apiVersion: oneway/v1"
    yield f"platform: {name}"
    yield f"owners: {{{OWNER}: {{name: Nobody yet}}}}        # name the people, and give every service one of them"
    yield f"domains: {{{DOMAIN}: {{summary: Imported from what exists}}}}"
    yield "environments: {local: {target: local}}"


def _service(service: ObservedService, calls: dict[str, list[ObservedCall]]) -> Iterator[str]:
    yield f"# drafted from {_comment(service.source)}"
    yield "apiVersion: oneway/v1"
    yield f"service: {service.name}"
    match = _SEMVER.search(service.image.rpartition(":")[2])
    yield f"version: {match[1]}" if match else "version: 0.1.0                  # the image's tag says none"
    yield f"owner: {OWNER}"
    yield f"domain: {DOMAIN}"
    if service.image:
        yield f"build: {{image: {_quoted(service.image)}}}"
    if service.ports:
        yield "endpoints:"
        for at, (name, port) in enumerate(sorted(service.ports.items(), key=lambda each: each[1])):
            public = ", public: true" if service.public and at == 0 else ""
            yield f"  - {{name: {name}, port: {port}, protocol: tcp{public}}}"
    if calls:
        yield "calls:"
        for target, evidence in sorted(calls.items()):
            reasons = ", ".join(sorted({each.why for each in evidence}))
            yield f"  - {{to: {target}}}            # {_comment(reasons)}"
    if service.replicas is not None:
        yield f"replicas: {service.replicas}"
    if service.cpu or service.memory:
        given = [
            f"{key}: {_quoted(value)}" for key, value in (("cpu", service.cpu), ("memory", service.memory)) if value
        ]
        yield f"resources: {{{', '.join(given)}}}"
    yield from _variables(service)


def _variables(service: ObservedService) -> Iterator[str]:
    plain = {key: value for key, value in sorted(service.env.items()) if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key)}
    if plain:
        yield "env:"
        yield from (f"  {key}: {_quoted(value)}" for key, value in plain.items())
    secret = [key for key in service.secret_env if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", key)]
    if secret:
        yield "secrets:"
        yield from (f"  {key}: {{name: {service.name}, key: {key}}}" for key in secret)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=True)


def _comment(text: str) -> str:
    return "".join(each if each.isprintable() else " " for each in text)
