"""Numbers as compose takes them: ports and their ranges, replicas, processors, sizes."""

import re
from collections.abc import Iterator
from typing import Any, Final

from ..yaml_reader import Map, Seq

_LOOPBACK: Final = re.compile(r"^(127\.[0-9.]+|\[?::1\]?|localhost):")


def ports_of(entry: Map) -> Iterator[tuple[int, str, bool]]:
    """Number inside, protocol, and whether others than this machine reach it."""
    seen: set[int] = set()
    for field in ("ports", "expose"):
        given = entry.get(field)
        for each in given if isinstance(given, Seq) else ():
            inside, protocol, published = _port(each)
            for number in _range(inside):
                if number not in seen:
                    seen.add(number)
                    yield number, protocol, published and field == "ports"


def published_ports(entry: Map) -> Iterator[int]:
    """The ports of this machine that lead to the service."""
    given = entry.get("ports")
    for each in given if isinstance(given, Seq) else ():
        if isinstance(each, Map):
            yield from _range(str(each.get("published") or ""))
        else:
            outside, colon, _ = str(each).partition("/")[0].rpartition(":")
            yield from _range(outside.rpartition(":")[2]) if colon else ()


def _port(given: Any) -> tuple[str, str, bool]:
    if isinstance(given, Map):
        outside = given.get("published") is not None and not _LOOPBACK.match(f"{given.get('host_ip') or ''}:")
        return str(given.get("target")), str(given.get("protocol") or "tcp"), outside
    text, _, protocol = str(given).partition("/")
    return text.rpartition(":")[2], protocol or "tcp", ":" in text and not _LOOPBACK.match(text)


def _range(text: str) -> Iterator[int]:
    first, _, last = text.partition("-")
    if not (first.isascii() and first.isdigit() and len(first) < 6):
        return
    low = int(first)
    high = int(last) if last.isascii() and last.isdigit() and len(last) < 6 else low
    yield from (number for number in range(low, min(high, low + 20) + 1) if 0 < number < 65536)


def whole_number(given: Any) -> int | None:
    """A number of replicas; None for anything else."""
    text = str(given)
    return int(text) if re.fullmatch(r"[0-9]{1,5}", text) and int(text) <= 10_000 else None


def cpu_of(given: Any) -> str | None:
    """A share of processors; None where it says none."""
    text = str(given) if given is not None and not isinstance(given, bool) else ""
    if not re.fullmatch(r"([0-9]{1,6}(\.[0-9]{0,6})?|\.[0-9]{1,6})", text) or not float(text):
        return None
    return f"0{text}" if text.startswith(".") else text.rstrip(".")


def memory_of(given: Any) -> str | None:
    """Bytes with the units of compose, each 1,024 of the one before: `1.5G`, `300mb`."""
    match = re.fullmatch(r"([0-9]{1,15}(?:\.[0-9]{1,6})?)\s*([bkmgt]?)i?b?", str(given or "").lower())
    if not match:
        return None
    size = float(match[1]) * 1024 ** "bkmgt".index(match[2] or "b")
    for unit, factor in (("Gi", 1 << 30), ("Mi", 1 << 20), ("Ki", 1 << 10)):
        if size >= factor and size % factor == 0:
            return f"{int(size // factor)}{unit}"
    return str(int(size)) if size else None
