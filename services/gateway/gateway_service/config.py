"""What the gateway itself reads from its environment variables."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from gateway_service.keys import ApiKeys, parse_keys
from gateway_service.limits import Rate
from servicekit import SettingsError

MEBIBYTE = 1024 * 1024

PUBLIC_RATE = Rate(per_second=2, burst=20)
KEY_RATE = Rate(per_second=20, burst=100)

N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class Config:
    keys: ApiKeys = field(default_factory=lambda: ApiKeys({}))
    largest_picture: int = 8 * MEBIBYTE
    pictures_in_memory: int = 48 * MEBIBYTE
    public_rate: Rate = PUBLIC_RATE
    key_rate: Rate = KEY_RATE

    @property
    def rate(self) -> Rate:
        """The rate that holds for those who are let in."""
        return self.key_rate if self.keys else self.public_rate

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
            keys=_keys(environ),
            largest_picture=largest,
            pictures_in_memory=memory,
            public_rate=_rate(environ, "PUBLIC", usual.public_rate),
            key_rate=_rate(environ, "KEY", usual.key_rate),
        )


def _keys(environ: Mapping[str, str]) -> ApiKeys:
    path = environ.get("API_KEYS_FILE")
    if not path:
        return parse_keys(environ.get("API_KEYS", ""))
    if environ.get("API_KEYS"):
        raise SettingsError("API_KEYS and API_KEYS_FILE are both set; keep one of them")
    try:
        return parse_keys(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"API_KEYS_FILE {path} cannot be read: {error}") from error


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
