"""API keys: only their SHA-256 sums are configured, and comparing takes the same time whether or not they match."""

import hashlib
import hmac
import re
from collections.abc import Mapping

from servicekit import SettingsError

_ENTRY = re.compile(r"(?P<name>[A-Za-z0-9._-]{1,64}):(?P<sum>[0-9a-fA-F]{64})\Z")


class ApiKeys:
    """`sums`: name of the holder -> SHA-256 of the key. Without any, everybody is the public."""

    def __init__(self, sums: Mapping[str, bytes]) -> None:
        self._sums = dict(sums)

    def __bool__(self) -> bool:
        return bool(self._sums)

    def __len__(self) -> int:
        return len(self._sums)

    def holder(self, key: str) -> str | None:
        """Whose key this is; None when it is nobody's."""
        given = hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
        found = None
        for name, expected in self._sums.items():
            if hmac.compare_digest(given, expected):
                found = name
        return found


def parse_keys(text: str) -> ApiKeys:
    """`name:sha256hex`, separated by commas or lines; `#` starts a comment line. Raises SettingsError, which names the
    position of a bad entry and never its text."""
    sums: dict[str, bytes] = {}
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    entries = [entry.strip() for entry in ",".join(lines).split(",")]
    for position, entry in enumerate((entry for entry in entries if entry), start=1):
        match = _ENTRY.match(entry)
        if match is None:
            raise SettingsError(
                f'API key {position} is not name:sha256hex; make one with: printf %s "$KEY" | sha256sum'
            )
        if match["name"] in sums:
            raise SettingsError(f"API key {position} has the same name as an earlier one: {match['name']}")
        sums[match["name"]] = bytes.fromhex(match["sum"])
    return ApiKeys(sums)
