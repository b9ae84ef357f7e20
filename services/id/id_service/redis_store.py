"""The ledger of leases in Redis, for all machines that reach it: one hash, changed in transactions.

A lease lasts by Redis' clock for the others, and for its holder by the holder's own, from before Redis was asked. A
Redis that was started anew, or another one that took over, may have lost the last changes: the ledger knows which
process wrote it, and doubts what it finds when that is another.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from id_service.clocks import uptime
from id_service.generator import EPOCH, system_clock
from id_service.ledger import (
    Entry,
    Lease,
    Now,
    StoreLost,
    doubted,
    entry_of,
    given_back,
    grant,
    least_unknown,
    renew,
)
from id_service.stores import MOST_SKEW, SECONDS, check_clock

if TYPE_CHECKING:
    from redis import Redis
    from redis.client import Pipeline

KEY = "oneway:id:leases"
MISSING = "leases are kept in Redis, but the package redis is not installed: install oneway-id-service[redis]"
_RUN = "run"
_LONGEST_WAIT = 1.0
_TRIES = 20

Decide = Callable[[Mapping[int, Entry], Now], tuple[int, Entry | None]]


class RedisStore:
    """`time` asks Redis for the seconds since 1970."""

    def __init__(
        self,
        client: "Redis",
        wall: Callable[[], int] = system_clock,
        shared: Callable[[], float] = uptime,
        seconds: float = SECONDS,
        time: Callable[["Redis"], float] | None = None,
        most_skew: float = MOST_SKEW,
    ) -> None:
        self.wall = wall
        self.shared = shared
        self._client = client
        self._seconds = seconds
        self._time = time or _time
        self._most_skew = most_skew

    def is_replaced(self) -> bool:
        """It is asked too seldom for that; see ledger.LEAST_KNOWN."""
        return False

    def take(self, holder: str, preferred: int | None) -> Lease:
        return self._lease(lambda ledger, now: grant(ledger, holder, preferred, now, self._seconds, least_unknown(now)))

    def renew(self, lease: Lease) -> Lease:
        return self._lease(lambda ledger, now: renew(ledger, lease, now, self._seconds))

    def give_back(self, lease: Lease, used: int) -> None:
        def decide(ledger: Mapping[int, Entry], _: Now) -> tuple[int, Entry | None]:
            held = ledger.get(lease.worker)
            mine = held is not None and held.holder == lease.holder
            return lease.worker, given_back(lease, used) if mine else None

        self._change(decide)

    def _lease(self, judged: Callable[[Mapping[int, Entry], Now], Lease]) -> Lease:
        """What is decided by Redis' clock, as a lease that lasts by this machine's."""
        before = self.shared()
        made: list[Lease] = []

        def decide(ledger: Mapping[int, Entry], now: Now) -> tuple[int, Entry | None]:
            check_clock(now.wall / 1000 + EPOCH.timestamp(), now.shared, self._most_skew)
            made.append(judged(ledger, now))
            return made[-1].worker, entry_of(made[-1], now)

        self._change(decide)
        return replace(made[-1], until=before + self._seconds)

    def _change(self, decide: Decide) -> None:
        from redis import RedisError, WatchError

        try:
            for _ in range(_TRIES):
                with self._client.pipeline() as pipe:
                    try:
                        self._try(pipe, decide)
                        return
                    except WatchError:
                        continue
        except (RedisError, OSError) as error:
            raise StoreLost(f"the store of leases in Redis cannot be used: {error}") from error
        raise StoreLost("the store of leases in Redis is changed by too many at once")

    def _try(self, pipe: "Pipeline", decide: Decide) -> None:
        pipe.watch(KEY)  # type: ignore[no-untyped-call]
        now = Now("", self._time(self._client), self.wall())
        run = str(self._client.info("server")["run_id"])
        fields = {_text(name): _text(value) for name, value in pipe.hgetall(KEY).items()}
        ledger = {int(name): Entry(**json.loads(value)) for name, value in fields.items() if name != _RUN}
        changed: dict[Any, Any] = {}
        if fields.get(_RUN) != run:
            ledger = doubted(ledger, now, self._seconds)
            changed = {str(worker): _written(entry) for worker, entry in ledger.items()} | {_RUN: run}
        worker, entry = decide(ledger, now)
        if entry is not None:
            changed[str(worker)] = _written(entry)
        pipe.multi()
        if changed:
            pipe.hset(KEY, mapping=changed)
        pipe.execute()


def redis_store(address: str) -> RedisStore:
    """Raises ImportError where the package redis is missing. The address may hold a password: it is shown nowhere."""
    from redis import Redis

    client = Redis.from_url(address, socket_timeout=_LONGEST_WAIT, socket_connect_timeout=_LONGEST_WAIT)
    return RedisStore(client)


def _time(client: "Redis") -> float:
    seconds, microseconds = client.time()
    return float(seconds) + float(microseconds) / 1e6


def _written(entry: Entry) -> str:
    return json.dumps(asdict(entry))


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
