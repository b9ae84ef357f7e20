"""When each request under way must have been answered."""

import asyncio
from collections.abc import Callable


class Deadlines:
    """One timer for all requests of an event loop, set for the earliest of their deadlines: a timer for each would cost
    more than anything else that the kit does for a request."""

    def __init__(self) -> None:
        self._expiries: dict[Callable[[], None], float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def add(self, deadline: float, expire: Callable[[], None]) -> None:
        """`expire` is called once, from the event loop, when its time says `deadline`; unless removed before."""
        self._expiries[expire] = deadline
        if self._timer is None or deadline < self._timer.when():
            self._set(deadline)

    def remove(self, expire: Callable[[], None]) -> None:
        self._expiries.pop(expire, None)

    def _set(self, deadline: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_at(deadline, self._expire)

    def _expire(self) -> None:
        now = asyncio.get_running_loop().time()
        self._timer = None
        for expire in [each for each, deadline in self._expiries.items() if deadline <= now]:
            del self._expiries[expire]
            expire()
        if self._expiries:
            self._set(min(self._expiries.values()))
