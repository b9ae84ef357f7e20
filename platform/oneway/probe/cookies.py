"""Cookies between the checks of a suite: kept among what was captured, under names that no placeholder can have."""

from collections.abc import Iterable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Final

_KEPT: Final = "cookie:"


def cookies_set(headers: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """What the answer sets; one that it takes back is empty."""
    found: dict[str, str] = {}
    for each in headers.get("set-cookie", ()):
        try:
            jar = SimpleCookie(each)
        except CookieError:
            continue
        for name, morsel in jar.items():
            found[_KEPT + name] = "" if morsel["max-age"] == "0" else morsel.coded_value
    return found


def cookies_of(known: Mapping[str, str]) -> str:
    """The header that sends back what was set."""
    kept = {name.removeprefix(_KEPT): value for name, value in known.items() if name.startswith(_KEPT) and value}
    return "; ".join(f"{name}={value}" for name, value in kept.items())
