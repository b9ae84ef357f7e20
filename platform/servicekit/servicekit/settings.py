"""What a service learns from its environment variables, read once and checked at once."""

import ipaddress
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import urlsplit

DEVELOPMENT = "development"
PROTOCOLS = ("http", "https", "grpc", "tcp", "udp")
HIGHEST_INSTANCE = 1023

_HOST = re.compile(r"(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z")


class SettingsError(Exception):
    """The environment cannot be used; the message names every fault."""


@dataclass(frozen=True, slots=True)
class DeclaredCall:
    """One call that the service's manifest declares: where it goes and how long an attempt may take."""

    url: str
    timeout: float
    retries: int = 0
    required: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """`instance` is None where nobody gave one, which is only so in development.

    `trusted_proxies` are the addresses and networks whose X-Forwarded-For is believed: none, where nobody names them.
    `hosts` are the names, `*.` before them for all below, that requests may be for: all, where nobody names them.
    """

    service: str
    version: str = DEVELOPMENT
    environment: str = DEVELOPMENT
    instance: int | None = None
    calls: Mapping[str, DeclaredCall] = field(default_factory=lambda: MappingProxyType({}))
    trusted_proxies: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()

    @classmethod
    def from_environment(cls, service: str, environ: Mapping[str, str] = os.environ) -> "Settings":
        """Read ONEWAY_*; without any of them this is a development run. Raises SettingsError."""
        faults: list[str] = []
        environment = environ.get("ONEWAY_ENVIRONMENT") or DEVELOPMENT
        settings = cls(
            service=environ.get("ONEWAY_SERVICE") or service,
            version=environ.get("ONEWAY_VERSION") or DEVELOPMENT,
            environment=environment,
            instance=_instance(environ.get("ONEWAY_INSTANCE"), faults),
            calls=MappingProxyType(_calls(environ.get("ONEWAY_CALLS"), faults)),
            trusted_proxies=_listed(environ, "ONEWAY_TRUSTED_PROXIES", _fault_of_network, faults),
            hosts=_listed(environ, "ONEWAY_HOSTS", _fault_of_host, faults),
        )
        if faults:
            raise SettingsError("; ".join(faults))
        return settings


def _listed(
    environ: Mapping[str, str], name: str, fault_of: Callable[[str], str], faults: list[str]
) -> tuple[str, ...]:
    """The words of a list that is separated by commas."""
    words = [word.strip().lower() for word in environ.get(name, "").split(",") if word.strip()]
    faults += [f"{name} has {word!r}, {fault}" for word in words if (fault := fault_of(word))]
    return tuple(words)


def _fault_of_network(word: str) -> str:
    try:
        ipaddress.ip_network(word)
    except ValueError:
        return "but must hold addresses and networks, such as 10.0.0.7 or 10.0.0.0/16"
    return ""


def _fault_of_host(word: str) -> str:
    return (
        "" if _HOST.match(word) else "but must hold host names without ports, such as app.example.com or *.example.com"
    )


def _instance(text: str | None, faults: list[str]) -> int | None:
    if text is None or text == "":
        return None
    if text.isascii() and text.isdigit() and int(text) <= HIGHEST_INSTANCE:
        return int(text)
    faults.append(f"ONEWAY_INSTANCE is {text!r}, but must be an integer from 0 to {HIGHEST_INSTANCE}")
    return None


def _calls(text: str | None, faults: list[str]) -> dict[str, DeclaredCall]:
    try:
        entries = json.loads(text) if text else {}
    except ValueError as error:
        faults.append(f"ONEWAY_CALLS is not JSON: {error}")
        return {}
    if not isinstance(entries, dict):
        faults.append("ONEWAY_CALLS must be a JSON object: callee -> {url, timeout_ms, retries, required}")
        return {}
    calls = {}
    for callee, entry in sorted(entries.items()):
        fault = _fault_of(entry)
        if fault:
            faults.append(f"ONEWAY_CALLS[{callee!r}]: {fault}")
            continue
        calls[callee] = DeclaredCall(
            url=entry["url"].rstrip("/"),
            timeout=entry["timeout_ms"] / 1000,
            retries=entry.get("retries", 0),
            required=entry.get("required", True),
        )
    return calls


def _fault_of(entry: object) -> str:
    if not isinstance(entry, dict):
        return "must be an object with url and timeout_ms"
    url, timeout, retries = entry.get("url"), entry.get("timeout_ms"), entry.get("retries", 0)
    if not isinstance(url, str) or urlsplit(url).scheme not in PROTOCOLS or not urlsplit(url).netloc:
        return f"url is {url!r}, but must be an address such as http://127.0.0.1:8082"
    if isinstance(timeout, bool) or not isinstance(timeout, int | float) or timeout <= 0:
        return f"timeout_ms is {timeout!r}, but must be a positive number"
    if isinstance(retries, bool) or not isinstance(retries, int) or not 0 <= retries <= 100:
        return f"retries is {retries!r}, but must be an integer from 0 to 100"
    if not isinstance(entry.get("required", True), bool):
        return f"required is {entry['required']!r}, but must be true or false"
    return ""
