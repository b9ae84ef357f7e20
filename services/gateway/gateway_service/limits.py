"""How much one client may ask for: a token bucket each, for a bounded number of clients, and so many requests a day."""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Protocol, TypeVar

MOST_CLIENTS = 10_000
DAY = 86_400
PER_RATE, PER_DAY = "rate", "day"

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` requests for ever, and up to `burst` at once after a rest."""

    per_second: float
    burst: int

    @property
    def window(self) -> int:
        """Whole seconds in which a burst comes back."""
        return max(1, math.ceil(self.burst / self.per_second))


@dataclass(frozen=True, slots=True)
class Terms:
    """What a client may ask for; `per_day` is None where no number of requests a day is agreed."""

    rate: Rate
    per_day: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """One limit as it stands: `quota` requests in `window` seconds, `remaining` of them now, all again in `reset`."""

    name: str
    quota: int
    window: int
    remaining: int
    reset: float


@dataclass(frozen=True, slots=True)
class Standing:
    """`wait` is 0.0 where the request is let in, otherwise the seconds until one is; `refused_by` names a policy."""

    policies: tuple[Policy, ...]
    wait: float = 0.0
    refused_by: str = ""


class Limiter(Protocol):
    @property
    def is_shared(self) -> bool:
        """Whether all replicas count together."""

    async def take(self, client: str, terms: Terms) -> Standing:
        """Count one request, where it is let in."""

    async def close(self) -> None: ...


class RateLimiter:
    """Counts what this replica is asked. Clients beyond `most_clients` push out who has not asked for longest: at worst
    that forgives some requests."""

    is_shared = False

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_clients: int = MOST_CLIENTS) -> None:
        self._clock = clock
        self._most_clients = most_clients
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._days: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    async def take(self, client: str, terms: Terms) -> Standing:
        if terms.per_day is None:
            return Standing(*self._rated(client, terms.rate))
        used, since = self._day(client)
        left = since + DAY - self._clock()
        if used >= terms.per_day:
            rated = self._peek(client, terms.rate)
            return Standing((rated, Policy(PER_DAY, terms.per_day, DAY, 0, left)), left, PER_DAY)
        (rated,), wait, refused_by = self._rated(client, terms.rate)
        if not wait:
            used += 1
            _put(self._days, client, (used, since), self._most_clients)
        return Standing((rated, Policy(PER_DAY, terms.per_day, DAY, terms.per_day - used, left)), wait, refused_by)

    async def close(self) -> None:
        """Nothing is open."""

    def wait(self, client: str, rate: Rate) -> float:
        """Take one token: 0.0 when there was one, otherwise the seconds until there will be."""
        now = self._clock()
        tokens = self._tokens(client, rate, now)
        seconds = 0.0 if tokens >= 1 else (1 - tokens) / rate.per_second
        _put(self._buckets, client, (tokens if seconds else tokens - 1, now), self._most_clients)
        return seconds

    def _rated(self, client: str, rate: Rate) -> tuple[tuple[Policy], float, str]:
        seconds = self.wait(client, rate)
        return (self._peek(client, rate),), seconds, PER_RATE if seconds else ""

    def _peek(self, client: str, rate: Rate) -> Policy:
        tokens = self._tokens(client, rate, self._clock())
        return Policy(PER_RATE, rate.burst, rate.window, int(tokens), (rate.burst - tokens) / rate.per_second)

    def _tokens(self, client: str, rate: Rate, now: float) -> float:
        tokens, since = self._buckets.get(client, (float(rate.burst), now))
        return min(rate.burst, tokens + (now - since) * rate.per_second)

    def _day(self, client: str) -> tuple[int, float]:
        """How many were let in since the first one of this day of theirs, and when that was."""
        now = self._clock()
        used, since = self._days.get(client, (0, now))
        return (used, since) if now < since + DAY else (0, now)


class Budget:
    """Bytes of pictures that may be in memory at one moment, over all requests."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.used = 0

    def take(self, size: int) -> bool:
        """False, and nothing taken, when there is not that much left."""
        if self.used + size > self._most:
            return False
        self.used += size
        return True

    def give_back(self, size: int) -> None:
        self.used -= size


def address_key(host: str | None) -> str:
    """One client for each IPv4 address and each IPv6 network of 64 bits, which one household has whole."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or IPv6Address(int(address) >> 64 << 64))
    return str(address)


def _put(kept: OrderedDict[str, V], client: str, value: V, most: int) -> None:
    kept[client] = value
    kept.move_to_end(client)
    if len(kept) > most:
        kept.popitem(last=False)
