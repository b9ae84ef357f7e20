"""Lines of logs as people read them: whose they are first, coloured where a person is watching."""

import os
import sys
import time
from typing import Final
from zlib import crc32

import typer

from ...errors import UsageError
from ...model import parse_duration
from ...model.patterns import Pattern, compile_pattern
from ...model.secrets import redact
from ...targets.base import LogLine
from .readable import readable

_COLORS: Final = ("cyan", "green", "yellow", "blue", "magenta", "bright_cyan", "bright_green", "bright_magenta")


def colored() -> bool:
    """Whether standard output is a terminal whose user has nothing against colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def log_line(line: LogLine, width: int = 0, color: bool = False) -> str:
    """`id.3.0  what it said`. A service has one colour, whichever of its replicas speaks."""
    name = f"{line.instance:{width}}"
    if color:
        name = typer.style(name, fg=_COLORS[crc32(line.instance.split(".")[0].encode()) % len(_COLORS)])
    return f"{name}  {readable(redact(line.text))}"


def read_since(text: str | None) -> float | None:
    """The time of day so long ago. UsageError where it is no duration."""
    if text is None:
        return None
    try:
        return time.time() - parse_duration(text)
    except ValueError as error:
        raise UsageError(f"--since: {error}", "as in --since 10m") from None


def read_pattern(text: str | None) -> Pattern | None:
    """The pattern that lines are to match. UsageError where it is none."""
    try:
        return None if text is None else compile_pattern(text)
    except ValueError as error:
        raise UsageError(f"--grep: {error}", "as in --grep 'ERROR|WARN'") from None
