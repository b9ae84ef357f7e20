"""After a crash or a reboot: what should be running runs again."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from ..deploy import Report
from ..deploy import bring_up as bring_up_one
from ..errors import OnewayError
from .open_environment import OpenEnvironment


@dataclass(frozen=True, slots=True)
class BroughtUp:
    """How one service ended: in words, or the error that stopped it."""

    service: str
    text: str = ""
    error: OnewayError | None = None


def bring_up(
    opened: OpenEnvironment, names: Iterable[str], start: Collection[str], report: Report
) -> Iterator[BroughtUp]:
    """Each service as its records say, one after the other; those to `start` even when they were stopped by hand."""
    for name in names:
        try:
            yield BroughtUp(name, bring_up_one(opened.rollout_context(report), name, name in start))
        except OnewayError as error:
            yield BroughtUp(name, error=error)
