"""What the gateway itself reads from its environment variables."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from gateway_service.key_ring import KeyRing
from gateway_service.keys import parse_keys
from gateway_service.limits import Rate
from servicekit import SettingsError

MEBIBYTE = 1024 * 1024

PUBLIC_RATE = Rate(per_second=2, burst=20)
KEY_RATE = Rate(per_second=20, burst=100)
MOST_IDS = 1000
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?\Z")

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Config:
    """`limit_store` is the address of a Redis in which all replicas count together; it may hold a password.
    `origins` are those of other pages that may ask from a browser: none, where nobody names them. `hedge_after` are the
    seconds after which a picture is sent to caption a second time; 0.0: never. `links` are those of the page: what they
    are called, and where they lead."""

    ring: KeyRing = field(default_factory=KeyRing)
    largest_picture: int = 8 * MEBIBYTE
    pictures_in_memory: int = 48 * MEBIBYTE
    public_rate: Rate = PUBLIC_RATE
    key_rate: Rate = KEY_RATE
    limit_store: str = field(default="", repr=False)
    origins: tuple[str, ...] = ()
    hedge_after: float = 0.0
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def rate(self) -> Rate:
        """The rate that holds for those who are let in, where nothing else is agreed."""
        return self.key_rate if self.ring.keys else self.public_rate

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> "Config":
        """Raises SettingsError."""
        usual = cls()
        largest = _number(environ, "MAX_PICTURE_BYTES", int, usual.largest_picture)
        memory = _number(environ, "MAX_MEMORY_BYTES", int, max(usual.pictures_in_memory, largest))
        if memory < largest:
            raise SettingsError(
                f"MAX_MEMORY_BYTES is {memory}, but must hold one picture of MAX_PICTURE_BYTES, {largest}"
            )
        return cls(
            ring=_ring(environ),
            largest_picture=largest,
            pictures_in_memory=memory,
            public_rate=_rate(environ, "PUBLIC", usual.public_rate),
            key_rate=_rate(environ, "KEY", usual.key_rate),
            limit_store=environ.get("RATE_LIMIT_STORE", ""),
            origins=_origins(environ),
            hedge_after=_number(environ, "HEDGE_AFTER_MS", float, 0.0) / 1000,
            links=_links(environ),
        )


def _ring(environ: Mapping[str, str]) -> KeyRing:
    path = environ.get("API_KEYS_FILE")
    if not path:
        return KeyRing(parse_keys(environ.get("API_KEYS", "")))
    if environ.get("API_KEYS"):
        raise SettingsError("API_KEYS and API_KEYS_FILE are both set; keep one of them")
    return KeyRing(file=Path(path))


def _origins(environ: Mapping[str, str]) -> tuple[str, ...]:
    origins = tuple(word.strip().lower() for word in environ.get("CORS_ORIGINS", "").split(",") if word.strip())
    for each in origins:
        if not _ORIGIN.match(each):
            raise SettingsError(
                f"CORS_ORIGINS has {each!r}, but must hold origins such as https://app.example.com, each by its name"
            )
    return origins


def _links(environ: Mapping[str, str]) -> dict[str, str]:
    links = {"Architecture": environ.get("ARCHITECTURE_URL", ""), "State": environ.get("STATE_URL", "")}
    for name, address in links.items():
        parts = urlsplit(address)
        if address and (parts.scheme not in ("http", "https") or not parts.netloc or parts.username):
            raise SettingsError(f"{name.upper()}_URL must be an address such as https://state.example.com/")
    return {name: address for name, address in links.items() if address}


def _rate(environ: Mapping[str, str], whose: str, usual: Rate) -> Rate:
    return Rate(
        per_second=_number(environ, f"{whose}_REQUESTS_PER_SECOND", float, usual.per_second),
        burst=_number(environ, f"{whose}_BURST", int, usual.burst),
    )


def _number(environ: Mapping[str, str], name: str, kind: Callable[[str], N], usual: N) -> N:
    text = environ.get(name)
    if not text:
        return usual
    try:
        number = kind(text)
    except ValueError:
        number = kind("0")
    if not 0 < number < 1e12:
        raise SettingsError(f"{name} is {text!r}, but must be a number above 0")
    return number
