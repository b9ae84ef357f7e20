"""The status for everybody who watches: worked out once a second at the most, and pushed as what has changed."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..monitor_loop import Engine
from ..status_view import Status, is_public, status

_PUSH_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 15.0


@dataclass(slots=True)
class Pushing:
    """What one page shows; `public` says to whom."""

    engine: Engine
    public: bool
    _latest: tuple[float, Status] | None = None

    def shows(self, service: str) -> bool:
        """Whether there is such a service, and this page may tell of it."""
        board = self.engine.board
        return service in board.survey.services and (not self.public or is_public(board, service))

    def status(self) -> Status:
        """The status of this moment."""
        return status(self.engine.board, self.engine.clock.now(), self.public)

    async def events(self, is_gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[bytes]:
        """First the whole status, then once a second what has changed; a comment when nothing did for a while."""
        before = self._shared()
        yield f"data: {_json(before)}\n\n".encode()
        quiet = 0.0
        while not await is_gone():
            await asyncio.sleep(_PUSH_SECONDS)
            now = self._shared()
            changed = changes(before, now)
            before, quiet = now, 0.0 if changed else quiet + _PUSH_SECONDS
            if changed:
                yield f"event: change\ndata: {_json(changed)}\n\n".encode()
            elif quiet >= _QUIET_SECONDS:
                quiet = 0.0
                yield b": nothing new\n\n"

    def _shared(self) -> Status:
        """The status of this second, worked out once for all who watch."""
        now = self.engine.clock.now()
        if self._latest is None or now - self._latest[0] >= 0.9 * _PUSH_SECONDS:
            self._latest = (now, self.status())
        return self._latest[1]


def changes(before: Status, now: Status) -> dict[str, Any]:
    """What of the status is another: its own fields, services and checks one by one; `gone` are those that are no
    more. Empty when nothing but the time has changed."""
    found: dict[str, Any] = {}
    for name in ("platform", "state", "health", "incidents", "faults", "looks", "shape"):
        if now[name] != before[name]:
            found[name] = now[name]
    services, gone_services = _changed(before["services"], now["services"], "service")
    checks, gone_checks = _changed(before["checks"], now["checks"], "service", "check")
    parts = {"services": services, "checks": checks}
    found |= {name: each for name, each in parts.items() if each}
    if gone_services or gone_checks:
        found["gone"] = {"services": [each[0] for each in gone_services], "checks": gone_checks}
    return {"time": now["time"], **found} if found else {}


def _changed(before: Any, now: Any, *keys: str) -> tuple[list[Any], list[tuple[str, ...]]]:
    def key(each: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(each[name] for name in keys)

    known, there = {key(each): each for each in before}, {key(each) for each in now}
    return [each for each in now if known.get(key(each)) != each], sorted(known.keys() - there)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
