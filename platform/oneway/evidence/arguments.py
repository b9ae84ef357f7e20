"""Whom the words of a command address, and of these whom it only waits for before it starts."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from .hosts import Named, addressed, hosts_of

MAX_ARGUMENT: Final = 64_000
_WAITS: Final = re.compile(r"(^|/)(wait[-_]?for[\w.-]*|wait[-_]?on|await[\w.-]*|nc|netcat|pg_isready)$")
_PROGRAM: Final = re.compile(r"[;&|]+|\bdo\b|\bthen\b|\bexec\b")
_AFTER: Final = ("--", "&&", "||", ";", "&", "|")


def hosts_in_arguments(words: Sequence[str]) -> Iterator[tuple[int, Named, bool]]:
    """For every host the number of its word, what is addressed, and whether it is only waited for."""
    waits, before = False, ""
    for at, word in enumerate(words):
        for part in _parts(word[:MAX_ARGUMENT]):
            if part in _AFTER:
                waits = False
            elif _WAITS.search(part):
                waits = True
            option, _, value = part.lstrip("-").partition("=")
            for each in hosts_of(option, value) if value else addressed(part):
                yield at, each, waits or "wait" in (option, before)
            before = option


def _parts(word: str) -> Iterator[str]:
    """A word by itself, or the words of a script that is one word."""
    for line in _PROGRAM.sub(lambda match: f" {match[0]} ", word).splitlines() if " " in word else (word,):
        yield from line.split()
        if " " in word:
            yield ";"
