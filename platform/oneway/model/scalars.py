"""The small words of a manifest: durations, names, versions, quantities."""

import re
from functools import lru_cache
from typing import Annotated, Final

from msgspec import Meta

DURATION: Final = r"^(0|[1-9][0-9]*)(\.[0-9]+)?(ms|s|m|h)$(?!\n)"
_UNIT_SECONDS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_MAX_SECONDS: Final = 30 * 24 * 3600.0


class Duration(float):
    """A span of time in seconds, written `200ms`, `1.5s`, `10m` or `2h`."""

    def __str__(self) -> str:
        for unit, size in (("h", 3600.0), ("m", 60.0), ("s", 1.0)):
            if self >= size and float(self / size).is_integer():
                return f"{int(self / size)}{unit}"
        return f"{round(self * 1000, 3):g}ms" if self < 1 else f"{round(self, 3):g}s"


@lru_cache(maxsize=4096)
def parse_duration(text: str) -> Duration:
    """Read a duration; ValueError says how to write one."""
    match = re.match(DURATION, text, re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not a duration: write a number and ms, s, m or h, as in 200ms")
    number, unit = text[: match.start(3)], match[3]
    seconds = float(number) * _UNIT_SECONDS[unit]
    if seconds > _MAX_SECONDS:
        raise ValueError(f"{text!r} is longer than 30 days")
    return Duration(round(seconds, 9))


Name = Annotated[
    str,
    Meta(
        pattern=r"^[a-z]([a-z0-9-]*[a-z0-9])?$(?!\n)",
        max_length=50,
        description="lower-case letters, digits and hyphens, starting with a letter, at most 50",
    ),
]
ChannelName = Annotated[
    str,
    Meta(
        pattern=r"^[a-z][a-z0-9]*([._-][a-z0-9]+)*$(?!\n)",
        max_length=100,
        description="lower-case words joined by dots, hyphens or underscores",
    ),
]
EnvName = Annotated[
    str, Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$(?!\n)", max_length=128, description="letters, digits and underscores")
]
FileName = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*$(?!\n)", max_length=100, description="a plain file name without folders"
    ),
]
Version = Annotated[
    str,
    Meta(
        pattern=r"^(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)\.(0|[1-9][0-9]*)(-[0-9A-Za-z.-]+)?$(?!\n)",
        max_length=60,
        description="a semantic version of three numbers, as in 1.2.0",
    ),
]
VersionRange = Annotated[
    str,
    Meta(
        pattern=r"^(==|!=|>=|<=|>|<|~=)?[0-9][0-9A-Za-z.*-]*(, *(==|!=|>=|<=|>|<|~=)[0-9][0-9A-Za-z.*-]*)*$(?!\n)",
        max_length=100,
        description="comparisons joined by commas, as in >=1.0,<2",
    ),
]
Quantity = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$(?!\n)",
        max_length=20,
        description='a Kubernetes quantity in quotes, as in 500m, "2" or 1Gi',
    ),
]
Path = Annotated[
    str,
    Meta(
        pattern=r"^(?!/)(?!.*(^|/)\.\.(/|$))[^\x00-\x1f\\]+$(?!\n)",
        max_length=300,
        description="a path inside the repository, relative to its root",
    ),
]
UrlPath = Annotated[
    str, Meta(pattern=r"^/[^\x00-\x20\x7f]*$(?!\n)", max_length=2000, description="a URL path that starts with /")
]
Cidr = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)/[0-9]{1,3}$(?!\n)",
        max_length=50,
        description="a range of addresses, as in 10.0.0.0/8",
    ),
]
Port = Annotated[int, Meta(ge=1, le=65535, description="a TCP or UDP port")]
Percent = Annotated[float, Meta(ge=0, le=100, description="a percentage")]
Line = Annotated[
    str,
    Meta(
        pattern=r"^[^\x00-\x08\x0a-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$(?!\n)",
        max_length=500,
        description="one line of text",
    ),
]
Argument = Annotated[str, Meta(pattern=r"^[^\x00]*$(?!\n)", max_length=4000, description="text, handed over as it is")]

_QUANTITY_FACTORS: Final = {
    "m": 1e-3,
    "": 1.0,
    "k": 1e3,
    "M": 1e6,
    "G": 1e9,
    "T": 1e12,
    "P": 1e15,
    "Ki": 2.0**10,
    "Mi": 2.0**20,
    "Gi": 2.0**30,
    "Ti": 2.0**40,
    "Pi": 2.0**50,
}


def quantity_value(quantity: str) -> float:
    """The number that a Kubernetes quantity stands for: cores for cpu, bytes for memory."""
    digits = quantity.rstrip("mkMGTPi")
    return float(digits) * _QUANTITY_FACTORS[quantity[len(digits) :]]
