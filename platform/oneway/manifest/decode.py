"""From plain data to the model, at the speed of C; whoever fails is handed to `diagnose` for every fault at once."""

from typing import Any, TypeVar

import msgspec

from ..model import Duration, parse_duration

T = TypeVar("T")


def decode(data: Any, kind: type[T]) -> T:
    """The value of that kind; msgspec.ValidationError names only the first fault."""
    return msgspec.convert(data, kind, dec_hook=_scalar)


def _scalar(kind: type[Any], value: Any) -> Any:
    if kind is not Duration:
        raise TypeError(f"no decoder for {kind}")
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a duration: write a number and ms, s, m or h, as in 200ms")
    return parse_duration(value)
