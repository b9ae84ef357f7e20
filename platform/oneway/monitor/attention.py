"""How well the loop attends: the time that it lost because it, or the whole machine, was busy or slept."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

_PULSE_SECONDS: Final = 0.1
_GAP_SECONDS: Final = 1.0


@dataclass(slots=True)
class Attention:
    """Counts what is lost between two beats of its own. An answer that did not come in a time of which much was lost
    says nothing of the service: it may have come, and nobody was there to take it."""

    clock: Callable[[], float]
    _lost: float = 0.0
    _last: float | None = None

    def lost(self) -> float:
        """Seconds lost so far; what two moments differ in was lost between them."""
        return self._lost + self._since_beat()

    async def run(self, returned: Callable[[float], None]) -> None:
        """Beat for ever; `returned` is told how long every gap in which nobody looked was."""
        self._last = self.clock()
        while True:
            await asyncio.sleep(_PULSE_SECONDS)
            lost = self._since_beat()
            self._lost, self._last = self._lost + lost, self.clock()
            if lost > _GAP_SECONDS:
                returned(lost)

    def _since_beat(self) -> float:
        return 0.0 if self._last is None else max(0.0, self.clock() - self._last - _PULSE_SECONDS)
