"""How many pictures may be with caption at one moment: as many as it answers nearly as fast as a single one.

What is more is refused at once, while refusing is cheap: in a queue it would only make the others late. So is what
cannot be answered in the time that its caller gives. Nobody configures it: the limit follows what is measured.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from servicekit import RequestContext, unavailable

LEAST, FIRST, MOST = 2, 4, 64
# A picture may take so many times as long as one that is alone before fewer are let in.
TOLERATED = 2.0
SHRINK = 0.8
RECENT_SECONDS = 10.0
ENOUGH = 10
_KEPT = 64


class Admission:
    """Belongs to one event loop. `clock` tells seconds and never jumps."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._limit = float(FIRST)
        self.in_flight = 0
        self._alone: deque[float] = deque(maxlen=_KEPT)
        self._recent: deque[tuple[float, float]] = deque(maxlen=_KEPT)

    @property
    def limit(self) -> int:
        return int(self._limit)

    @property
    def expected(self) -> float:
        """Seconds that an answer takes at this moment; 0.0 where too few came lately to say."""
        since = self._clock() - RECENT_SECONDS
        fresh = [seconds for at, seconds in self._recent if at >= since]
        return statistics.median(fresh) if len(fresh) >= ENOUGH else 0.0

    def check(self, current: RequestContext | None) -> None:
        """Raises Problem where there is no room, or too little time for an answer."""
        if self.in_flight >= self.limit:
            raise unavailable("as many pictures are being captioned as can be at once; try again shortly")
        if current is not None and current.remaining() < self.expected:
            if current.hurried:
                raise current.late("the picture cannot be captioned in the time that the request had left")
            raise unavailable("captioning takes longer at this moment than the request has time; try again shortly")

    @contextmanager
    def admitted(self, current: RequestContext | None) -> Iterator[Callable[[], None]]:
        """Yields what is called when the answer has come: what was not answered teaches nothing."""
        self.check(current)
        began = self._clock()
        self.in_flight += 1
        most = self.in_flight

        def answered() -> None:
            self._learn(self._clock() - began, max(most, self.in_flight))

        try:
            yield answered
        finally:
            self.in_flight -= 1

    def _learn(self, seconds: float, together: int) -> None:
        self._recent.append((self._clock(), seconds))
        if together <= LEAST:
            self._alone.append(seconds)
        if not self._alone:
            return
        if seconds > TOLERATED * statistics.median(self._alone):
            self._limit = max(float(LEAST), self._limit * SHRINK)
        elif together >= self.limit:
            self._limit = min(float(MOST), self._limit + 1 / self._limit)
