"""How much one client may ask for: a token bucket each, for a bounded number of clients."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

MOST_CLIENTS = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """`per_second` requests for ever, and up to `burst` at once after a rest."""

    per_second: float
    burst: int


class RateLimiter:
    """Clients beyond `most_clients` push out who has not asked for longest: at worst that forgives some requests."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, most_clients: int = MOST_CLIENTS) -> None:
        self._clock = clock
        self._most_clients = most_clients
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buckets)

    def wait(self, client: str, rate: Rate) -> float:
        """Take one token: 0.0 when there was one, otherwise the seconds until there will be."""
        now = self._clock()
        tokens, since = self._buckets.pop(client, (float(rate.burst), now))
        tokens = min(rate.burst, tokens + (now - since) * rate.per_second)
        seconds = 0.0 if tokens >= 1 else (1 - tokens) / rate.per_second
        self._buckets[client] = (tokens if seconds else tokens - 1, now)
        if len(self._buckets) > self._most_clients:
            self._buckets.popitem(last=False)
        return seconds


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
