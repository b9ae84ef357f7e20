"""What the local target has given out: ports, replicas, and who gets which share of the traffic."""

import random
import socket
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec
from msgspec import Struct

from ....store import Database
from ...base import TargetError

LARGEST_INSTANCE: Final = 1023
ALONE: Final = "alone"
EARLIER: Final = "@"
# Below the ports that systems give to outgoing connections (from 32768 on Linux, 49152 on macOS).
_PRIVATE_PORTS: Final = range(20000, 32000)


class Replica(Struct, frozen=True, kw_only=True):
    """One process of a release. `calling` is `service/number` on a rehearsal; `ports` are by endpoint."""

    name: str
    service: str
    release: int
    slot: int
    instance: int
    ports: dict[str, int]
    calling: str | None = None


class Pool(Struct, frozen=True, kw_only=True):
    """The replicas of one release behind an endpoint: addresses, and the share of traffic in percent.

    Requests that carry `token` are kept to this pool.
    """

    release: int
    share: int
    dials: tuple[str, ...]
    token: str


class Passage(Struct, frozen=True, kw_only=True):
    """Traffic on its way from one release to another, moved by what `file` says and by no new configuration.

    The first pool is the one that comes. The file holds the percent that it gets, one of `steps`, or `ALONE`; anything
    else, as nothing at all, means that the other pool serves alone.
    """

    file: str
    steps: tuple[int, ...]


class Front(Struct, frozen=True, kw_only=True):
    """One stable port and the pools behind it; with a passage there are two, whose shares the passage tells."""

    port: int
    protocol: str
    pools: tuple[Pool, ...]
    passage: Passage | None = None


class Routes(Struct, frozen=True, kw_only=True):
    """The stable ports of one service by endpoint."""

    service: str
    fronts: dict[str, Front]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The tables, and `free`, which tells whether a port can be listened on."""

    database: Database
    free: Callable[[int], bool]

    def stable_port(self, service: str, endpoint: str, declared: int) -> int:
        """The port where the endpoint is found for good: the declared one where it is free, else another."""
        with self.database.transaction() as table:
            row = table.execute(
                "SELECT port FROM ports WHERE service = ? AND endpoint = ?", (service, endpoint)
            ).fetchone()
            if row is not None:
                return int(row[0])
            taken = {port for (port,) in table.execute("SELECT port FROM ports UNION SELECT port FROM replica_ports")}
            port = declared if declared not in taken and self.free(declared) else self._free_port(taken)
            table.execute("INSERT INTO ports VALUES (?, ?, ?)", (service, endpoint, port))
            return port

    def reclaim(self, service: str, endpoint: str, declared: int) -> bool:
        """From now on the endpoint is found on its declared port, if that is free by now and was not given out before;
        True when that is new. The port that it had stays its own beside it, for callers that were started with it."""
        with self.database.transaction() as table:
            row = table.execute(
                "SELECT port FROM ports WHERE service = ? AND endpoint = ?", (service, endpoint)
            ).fetchone()
            known = {port for (port,) in table.execute("SELECT port FROM ports UNION SELECT port FROM replica_ports")}
            if row is None or row[0] == declared or declared in known or not self.free(declared):
                return False
            table.execute("UPDATE ports SET port = ? WHERE service = ? AND endpoint = ?", (declared, service, endpoint))
            table.execute("INSERT INTO ports VALUES (?, ?, ?)", (service, f"{endpoint}{EARLIER}{row[0]}", row[0]))
            return True

    def undo_reclaim(self, service: str, endpoint: str) -> None:
        """The endpoint is found on the newest of its earlier ports again, and no more on the declared one."""
        with self.database.transaction() as table:
            rows = table.execute(
                "SELECT endpoint, port FROM ports WHERE service = ? ORDER BY rowid DESC", (service,)
            ).fetchall()
            earlier = next(((name, port) for name, port in rows if name.startswith(f"{endpoint}{EARLIER}")), None)
            if earlier is not None:
                table.execute("DELETE FROM ports WHERE service = ? AND endpoint = ?", (service, earlier[0]))
                change = (earlier[1], service, endpoint)
                table.execute("UPDATE ports SET port = ? WHERE service = ? AND endpoint = ?", change)

    def earlier_ports(self, service: str, endpoint: str) -> list[int]:
        """The ports that the endpoint had before it got its declared one, sorted."""
        names = self.stable_ports(service)
        return sorted(port for name, port in names.items() if name.startswith(f"{endpoint}{EARLIER}"))

    def stable_ports(self, service: str) -> dict[str, int]:
        """The stable ports given out so far, by endpoint."""
        with self.database.reading() as table:
            return dict(table.execute("SELECT endpoint, port FROM ports WHERE service = ? ORDER BY 1", (service,)))

    def forget_ports(self) -> None:
        """Give all stable ports back, so that the next deploy looks for the declared ones again."""
        with self.database.transaction() as table:
            table.execute("DELETE FROM ports")

    def add(
        self,
        service: str,
        release: int,
        slot: int,
        endpoints: Iterable[str],
        calling: str | None = None,
        fixed: Mapping[str, int] | None = None,
    ) -> Replica:
        """The replica of that place; a new one gets ports of its own, or those `fixed`, and the lowest instance number
        that is free."""
        name = (
            f"{service}.{release}.{slot}" if calling is None else f"{service}.{release}.for.{calling.replace('/', '.')}"
        )
        with self.database.transaction() as table:
            row = table.execute("SELECT body FROM replicas WHERE name = ?", (name,)).fetchone()
            if row is not None:
                return msgspec.json.decode(row[0], type=Replica)
            taken = {port for (port,) in table.execute("SELECT port FROM ports UNION SELECT port FROM replica_ports")}
            ports: dict[str, int] = {}
            for endpoint in endpoints:
                ports[endpoint] = self._free_port(taken) if fixed is None else fixed[endpoint]
                taken.add(ports[endpoint])
            used = {
                each.instance
                for each in _replicas(table.execute("SELECT body FROM replicas WHERE service = ?", (service,)))
            }
            instance = next((number for number in range(LARGEST_INSTANCE + 1) if number not in used), None)
            if instance is None:
                raise TargetError(f"{service} has {LARGEST_INSTANCE + 1} processes already", "declare fewer replicas")
            replica = Replica(
                name=name, service=service, release=release, slot=slot, instance=instance, ports=ports, calling=calling
            )
            table.execute("INSERT INTO replicas VALUES (?, ?, ?)", (name, service, msgspec.json.encode(replica)))
            table.executemany("INSERT INTO replica_ports VALUES (?, ?)", [(port, name) for port in ports.values()])
            return replica

    def replicas(self, service: str | None = None) -> list[Replica]:
        """Every replica, or those of one service, in the order of their names."""
        with self.database.reading() as table:
            return sorted(
                (
                    each
                    for each in _replicas(table.execute("SELECT body FROM replicas"))
                    if service is None or each.service == service
                ),
                key=lambda each: (each.service, each.release, each.calling or "", each.slot),
            )

    def drop(self, name: str) -> None:
        """The replica is gone; its ports and its instance number are free."""
        with self.database.transaction() as table:
            table.execute("DELETE FROM replicas WHERE name = ?", (name,))
            table.execute("DELETE FROM replica_ports WHERE name = ?", (name,))

    def route(self, service: str, routes: Routes | None) -> int:
        """Keep the service's routes, or none; the generation that this made."""
        with self.database.transaction() as table:
            if routes is None:
                table.execute("DELETE FROM routes WHERE service = ?", (service,))
            else:
                table.execute("INSERT OR REPLACE INTO routes VALUES (?, ?)", (service, msgspec.json.encode(routes)))
            table.execute("UPDATE generation SET number = number + 1")
            return int(table.execute("SELECT number FROM generation").fetchone()[0])

    def renew(self) -> int:
        """A new generation with the same routes."""
        with self.database.transaction() as table:
            table.execute("UPDATE generation SET number = number + 1")
            return int(table.execute("SELECT number FROM generation").fetchone()[0])

    def routes(self) -> tuple[int, Mapping[str, Routes]]:
        """The newest generation, and all routes by service."""
        with self.database.reading() as table:
            (number,) = table.execute("SELECT number FROM generation").fetchone()
            rows = table.execute("SELECT body FROM routes ORDER BY service").fetchall()
            return int(number), {
                each.service: each for (body,) in rows for each in (msgspec.json.decode(body, type=Routes),)
            }

    def _free_port(self, taken: set[int]) -> int:
        for _ in range(1000):
            port = random.choice(_PRIVATE_PORTS)
            if port not in taken and self.free(port):
                return port
        raise TargetError(f"no free port from {_PRIVATE_PORTS[0]} to {_PRIVATE_PORTS[-1]}", "stop what uses them")


def is_free(port: int) -> bool:
    """Whether this machine's loopback lets a server listen there at this moment."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _replicas(rows: Iterable[tuple[bytes]]) -> list[Replica]:
    return [msgspec.json.decode(body, type=Replica) for (body,) in rows]
