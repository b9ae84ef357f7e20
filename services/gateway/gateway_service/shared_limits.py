"""Limits that all replicas count together, in Redis, by the library `limits`."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from gateway_service.limits import DAY, PER_DAY, PER_RATE, Limiter, Policy, Rate, Standing, Terms
from servicekit import SettingsError

if TYPE_CHECKING:
    from limits.aio.storage import Storage

PREFIX = "oneway:gateway"
LONGEST_WAIT = 0.1
LEFT_ALONE = 1.0
SCHEMES = ("redis://", "rediss://")
NO_ADDRESS = "RATE_LIMIT_STORE is no address of a Redis such as redis://redis.internal:6379/1"

_log = logging.getLogger("gateway_service")


class SharedLimiter:
    """A burst in the time in which one comes back, by a sliding window; a day begins with its first request. Where the
    store does not answer in time `alone` counts, for this replica, and the store is left alone for a moment."""

    is_shared = True

    def __init__(self, storage: "Storage", alone: Limiter, clock: Callable[[], float] = time.monotonic) -> None:
        from limits.aio.strategies import FixedWindowRateLimiter, SlidingWindowCounterRateLimiter
        from redis.exceptions import RedisError

        self._not_there = (RedisError, OSError)
        self._rates = SlidingWindowCounterRateLimiter(storage)
        self._days = FixedWindowRateLimiter(storage)
        self._alone = alone
        self._clock = clock
        self._lost_until = -math.inf

    async def take(self, client: str, terms: Terms) -> Standing:
        if self._clock() < self._lost_until:
            return await self._alone.take(client, terms)
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                return await self._take(client, terms)
        except self._not_there as error:
            _log.warning("the store of limits does not answer, each replica counts alone: %s", type(error).__name__)
            self._lost_until = self._clock() + LEFT_ALONE
            return await self._alone.take(client, terms)

    async def close(self) -> None:
        await self._alone.close()

    async def _take(self, client: str, terms: Terms) -> Standing:
        if terms.per_day is not None and not await self._days.test(_day(terms.per_day), client):
            rate, day = await self._rate_policy(client, terms.rate), await self._day_policy(client, terms.per_day)
            return Standing((rate, day), max(day.reset, 1.0), PER_DAY)
        let_in = await self._rates.hit(_window(terms.rate), client)
        rate = await self._rate_policy(client, terms.rate)
        wait = 0.0 if let_in else max(1 / terms.rate.per_second, 0.001)
        refused_by = "" if let_in else PER_RATE
        if terms.per_day is None:
            return Standing((rate,), wait, refused_by)
        if let_in:
            await self._days.hit(_day(terms.per_day), client)
        return Standing((rate, await self._day_policy(client, terms.per_day)), wait, refused_by)

    async def _rate_policy(self, client: str, rate: Rate) -> Policy:
        reset, remaining = await self._rates.get_window_stats(_window(rate), client)
        return Policy(PER_RATE, rate.burst, rate.window, remaining, max(0.0, reset - time.time()))

    async def _day_policy(self, client: str, per_day: int) -> Policy:
        reset, remaining = await self._days.get_window_stats(_day(per_day), client)
        return Policy(PER_DAY, per_day, DAY, remaining, max(0.0, reset - time.time()))


def shared_limiter(address: str, alone: Limiter) -> SharedLimiter:
    """Raises SettingsError, in which the address is not said: it may hold a password."""
    try:
        import redis  # noqa: F401
        from limits.errors import ConfigurationError
        from limits.storage import storage_from_string
    except ImportError:
        raise SettingsError(
            "RATE_LIMIT_STORE needs the packages limits and redis: install oneway-gateway-service[redis]"
        ) from None
    if not address.startswith(SCHEMES):
        raise SettingsError(NO_ADDRESS)
    try:
        storage = storage_from_string(
            f"async+{address}", implementation="redispy", key_prefix=PREFIX, socket_timeout=LONGEST_WAIT
        )
    except (ConfigurationError, ValueError):
        raise SettingsError(NO_ADDRESS) from None
    return SharedLimiter(storage, alone)  # type: ignore[arg-type]


def _window(rate: Rate):  # type: ignore[no-untyped-def]
    from limits import RateLimitItemPerSecond

    return RateLimitItemPerSecond(rate.burst, rate.window, namespace=PER_RATE)


def _day(per_day: int):  # type: ignore[no-untyped-def]
    from limits import RateLimitItemPerDay

    return RateLimitItemPerDay(per_day, 1, namespace=PER_DAY)
