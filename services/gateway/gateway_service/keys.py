"""API keys: only their SHA-256 sums are configured, and comparing takes the same time whether or not they match."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gateway_service.limits import Rate, Terms
from servicekit import SettingsError

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64}):(?P<sum>[0-9a-fA-F]{64})(?P<terms>( +[a-z_]+=[0-9.]+)*)\Z")
_MOST = 1e12
_TERMS = ("rate", "burst", "per_day")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What is agreed with the holder of a key; None is what holds for everybody."""

    rate: float | None = None
    burst: int | None = None
    per_day: int | None = None

    def terms(self, usual: Rate) -> Terms:
        return Terms(Rate(self.rate or usual.per_second, self.burst or usual.burst), self.per_day)


@dataclass(frozen=True, slots=True)
class Key:
    holder: str
    sum: bytes
    agreed: Agreed


class ApiKeys:
    """`required`: somebody must show a key even where there is none, as when all were taken away."""

    def __init__(self, keys: Sequence[Key] = (), *, required: bool = False) -> None:
        self._keys = tuple(keys)
        self._required = required or bool(keys)

    def __bool__(self) -> bool:
        return self._required

    def __len__(self) -> int:
        return len(self._keys)

    def holder(self, key: str) -> str | None:
        """Whose key this is; None when it is nobody's."""
        given = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for each in self._keys:
            if hmac.compare_digest(given, each.sum):
                found = each.holder
        return found

    def agreed(self, holder: str) -> Agreed:
        return next(each.agreed for each in self._keys if each.holder == holder)


def parse_keys(text: str, *, required: bool = False) -> ApiKeys:
    """`name:sha256hex`, separated by commas or lines, each with what is agreed: `rate=5 burst=20 per_day=1000`; `#`
    starts a comment line. A name may stand twice, while its key is being exchanged. Raises SettingsError, which names
    the position of a bad entry and never its text."""
    keys: list[Key] = []
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [entry.strip() for entry in ",".join(lines).split(",")]
    for position, entry in enumerate((entry for entry in entries if entry), start=1):
        key = _key(entry, position)
        for earlier in keys:
            _compare(position, key, earlier)
        keys.append(key)
    return ApiKeys(keys, required=required)


def _compare(position: int, key: Key, earlier: Key) -> None:
    same = hmac.compare_digest(key.sum, earlier.sum)
    if key.holder == earlier.holder and (same or key.agreed != earlier.agreed):
        why = "" if same else "; two keys of one holder, while one is exchanged for the other, have the same limits"
        raise SettingsError(f"API key {position} has the same name as an earlier one: {key.holder}{why}")
    if same:
        raise SettingsError(f"API key {position} is an earlier one's too: every holder needs a key of their own")


def _key(entry: str, position: int) -> Key:
    match = _ENTRY.match(entry)
    if match is None:
        raise SettingsError(
            f"API key {position} is not name:sha256hex, with rate=…, burst=… and per_day=… after it where they are "
            'agreed; make one with: printf %s "$KEY" | sha256sum'
        )
    terms: dict[str, float] = {}
    for name, value in (word.split("=") for word in match["terms"].split()):
        if name not in _TERMS or name in terms or not _is_term(name, value):
            raise SettingsError(
                f"API key {position}: what is agreed is said once each as rate=, burst= or per_day=, and is a number "
                "above 0, for the last two a whole one"
            )
        terms[name] = float(value) if name == "rate" else int(value)
    agreed = Agreed(terms.get("rate"), _whole(terms, "burst"), _whole(terms, "per_day"))
    return Key(match["name"], bytes.fromhex(match["sum"]), agreed)


def _is_term(name: str, value: str) -> bool:
    try:
        number = float(value)
    except ValueError:
        return False
    return 0 < number < _MOST and (name == "rate" or value.isdigit())


def _whole(terms: dict[str, float], name: str) -> int | None:
    return int(terms[name]) if name in terms else None
