"""Leases of worker numbers: one contract for every store."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from lease_stores import Clocks, MemoryStore, machine_store, redis_server
from redis import Redis
from stand_in_cluster import Cluster, Fault, Refusal, StandIn

from id_service.generator import EPOCH, LEAD, SEQUENCES, WORKERS, system_clock
from id_service.issuer import MARGIN
from id_service.kubernetes_store import BOUND, LABEL, KubernetesStore, kubernetes_store
from id_service.ledger import LEAST_KNOWN, Entry, NoLease, StoreLost
from id_service.machine_store import MachineStore, _write
from id_service.redis_store import KEY, RedisStore, _written, redis_store
from id_service.stores import MOST_SKEW, SECONDS, LeaseStore, check_clock


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        yield address


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    server = StandIn(Cluster())
    yield server
    server.stop()


@pytest.fixture(params=["machine", "memory", "redis", "kubernetes"])
def store(request: pytest.FixtureRequest, clocks: Clocks, tmp_path: Path) -> LeaseStore:
    if request.param == "memory":
        return MemoryStore(clocks)
    if request.param == "machine":
        return machine_store(tmp_path / "deep" / "leases.sqlite", clocks)
    made: LeaseStore
    if request.param == "redis":
        made = empty_redis_store(request.getfixturevalue("redis"), clocks)
    else:
        made = empty_kubernetes_store(request.getfixturevalue("server"), clocks)
    pass_over_the_unknown(made, clocks)
    return made


def empty_redis_store(address: str, clocks: Clocks, most_skew: float = float("inf")) -> RedisStore:
    emptied(address)
    return another_redis_store(address, clocks, most_skew)


def emptied(address: str) -> Redis:
    client = Redis.from_url(address)
    client.flushall()
    return client


def another_redis_store(address: str, clocks: Clocks, most_skew: float = float("inf")) -> RedisStore:
    """Whose Redis has the shared clock, but tells another time by it than this machine does."""
    return RedisStore(
        Redis.from_url(address),
        lambda: clocks.wall,
        lambda: clocks.shared,
        time=lambda _: clocks.shared + 1_000_000,
        most_skew=most_skew,
    )


def empty_kubernetes_store(server: StandIn, clocks: Clocks, most_skew: float = float("inf")) -> KubernetesStore:
    for each in server.cluster.all("leases"):
        server.cluster.drop("leases", each["metadata"]["name"])
    return another_kubernetes_store(server, clocks, most_skew)


def another_kubernetes_store(server: StandIn, clocks: Clocks, most_skew: float = float("inf")) -> KubernetesStore:
    return KubernetesStore(
        lambda: httpx.Client(base_url=server.url, trust_env=False),
        "test",
        wall=lambda: clocks.wall,
        shared=lambda: clocks.shared,
        most_skew=most_skew,
    )


def pass_over_the_unknown(store: LeaseStore, clocks: Clocks) -> None:
    """Number 0 was used before, and given back."""
    store.give_back(store.take("the first", 0), 0)
    clocks.go(LEAST_KNOWN + 1)


def hold_all_but(store: LeaseStore, free: int, clocks: Clocks) -> None:
    held = Entry("somebody", getattr(store, "_era", ""), clocks.shared + 2_000_000, 0)
    entries = {worker: held for worker in range(WORKERS) if worker != free}
    if isinstance(store, MemoryStore):
        store.entries |= entries
    elif isinstance(store, MachineStore):
        with store._writing() as database:
            for worker, entry in entries.items():
                _write(database, worker, entry)
    elif isinstance(store, RedisStore):
        store._client.hset(KEY, mapping={str(worker): _written(entry) for worker, entry in entries.items()})
    elif isinstance(store, KubernetesStore):
        hold_all_leases(store, entries)


def hold_all_leases(store: KubernetesStore, entries: dict[int, Entry]) -> None:
    with store.open() as client:
        known = store._list(client)
        for worker, entry in entries.items():
            assert store._write(client, known.get(worker), worker, entry)


def test_nobody_gets_a_number_that_is_held(store: LeaseStore) -> None:
    assert [store.take(f"h{n}", 0).worker for n in range(5)] == [0, 1, 2, 3, 4]
    assert store.take("other", 700).worker == 700


def test_a_lease_that_is_renewed_goes_on_and_one_that_is_not_ends(store: LeaseStore, clocks: Clocks) -> None:
    one, two = store.take("one", 0), store.take("two", 0)
    for _ in range(5):
        clocks.go(SECONDS * 0.9)
        one = store.renew(one)
    with pytest.raises(NoLease, match="has ended"):
        store.renew(two)
    assert store.take("three", 1).worker == 1
    assert store.renew(one).worker == 0


def test_the_next_holder_begins_where_the_last_one_may_have_been(store: LeaseStore, clocks: Clocks) -> None:
    one = store.take("one", 0)
    clocks.go(SECONDS + 1)
    clocks.wall -= 3_600_000
    two = store.take("two", 0)
    assert two.worker != 0, "a number whose ids lie ahead of the clock is left alone while there is another"
    hold_all_but(store, 0, clocks)
    last = store.take("last", None)
    assert (last.worker, last.floor) == (0, one.bound)


def test_what_is_given_back_is_free_at_once_from_where_it_was_used(store: LeaseStore) -> None:
    one = store.take("one", 0)
    used = one.floor + 12
    store.give_back(one, used)
    two = store.take("two", 0)
    assert (two.worker, two.floor) == (0, used)
    store.give_back(one, used)
    assert store.renew(two).worker == 0


def test_when_all_are_held_it_says_so(store: LeaseStore, clocks: Clocks) -> None:
    hold_all_but(store, 77, clocks)
    assert store.take("the last one", None).worker == 77
    with pytest.raises(NoLease, match="all 1024 worker numbers"):
        store.take("one more", None)


def test_a_number_that_a_shared_ledger_does_not_know_may_have_been_anybodys(
    redis: str, server: StandIn, clocks: Clocks
) -> None:
    """The first holder of each begins above all that a forgotten one could issue until its lease ends."""
    for store in (empty_redis_store(redis, clocks), empty_kubernetes_store(server, clocks)):
        pass_over_the_unknown(store, clocks)
        known, other = store.take("one", 0), store.take("two", 1)
        assert known.floor < clocks.wall * SEQUENCES
        assert other.floor == (clocks.wall + LEAST_KNOWN * 1000) * SEQUENCES
        if isinstance(store, RedisStore):
            store._client.flushall()
        else:
            server.cluster.drop("leases", "id-worker-0")
        with pytest.raises(NoLease, match="has ended"):
            store.renew(known)
        assert store.take("three", 0).floor >= known.bound


def test_what_a_holder_can_issue_before_its_lease_ends_is_below_what_an_unknown_number_begins_at() -> None:
    assert SECONDS - MARGIN + LEAD / 1000 + 2 * (MOST_SKEW + 0.5) < LEAST_KNOWN


def test_a_redis_that_was_started_anew_is_doubted(redis: str, clocks: Clocks) -> None:
    store = empty_redis_store(redis, clocks)
    pass_over_the_unknown(store, clocks)
    one = store.take("one", 0)
    store._client.hset(KEY, "run", "another process, which perhaps had not heard of the last changes")
    assert store.renew(one).worker == 0, "who holds a number goes on"
    store.give_back(one, one.floor + 1)
    store._client.hset(KEY, "run", "and another one")
    assert store.take("two", 0).floor >= (clocks.wall + LEAST_KNOWN * 1000) * SEQUENCES


def test_two_processes_see_one_ledger(redis: str, server: StandIn, clocks: Clocks) -> None:
    first, second = empty_redis_store(redis, clocks), another_redis_store(redis, clocks)
    assert [first.take("one", 0).worker, second.take("two", 0).worker] == [0, 1]
    third, fourth = empty_kubernetes_store(server, clocks), another_kubernetes_store(server, clocks)
    assert [third.take("one", 0).worker, fourth.take("two", 0).worker] == [0, 1]


def test_a_lease_of_a_cluster_ends_by_the_clock_of_whoever_watches_it(server: StandIn, clocks: Clocks) -> None:
    """Whatever times it holds, which another machine wrote by another clock."""
    one = empty_kubernetes_store(server, clocks).take("one", 0)
    lease = server.cluster.get("leases", "id-worker-0")
    assert lease is not None
    lease["spec"]["renewTime"] = "2020-01-01T00:00:00.000000Z"
    server.cluster.store("leases", lease)
    other = another_kubernetes_store(server, clocks)
    assert other.take("two", 0).worker == 1
    clocks.go(SECONDS - 1)
    assert other.take("three", 0).worker == 2
    clocks.go(1)
    last = other.take("four", 0)
    assert (last.worker, last.floor) == (0, one.bound)
    assert server.cluster.get("leases", "id-worker-0")["metadata"]["annotations"] == {BOUND: str(last.bound)}  # type: ignore[index]
    assert lease["metadata"]["labels"] == {LABEL: "id-worker"}


def test_whoever_changes_a_lease_second_begins_again(server: StandIn, clocks: Clocks) -> None:
    store = empty_kubernetes_store(server, clocks)
    pass_over_the_unknown(store, clocks)
    server.cluster.faults.append(Fault("PUT", "/leases/", 2, Refusal(409, "Conflict", "has been modified")))
    assert store.take("one", 0).worker == 0


@pytest.mark.parametrize("status", [401, 403, 500, 503])
def test_a_cluster_that_refuses_is_a_lost_store_that_says_what_to_do(
    server: StandIn, clocks: Clocks, status: int
) -> None:
    store = empty_kubernetes_store(server, clocks)
    server.cluster.faults.append(Fault("GET", "/leases", 1, Refusal(status, "Refused", "no")))
    with pytest.raises(StoreLost, match="create and update leases" if status < 500 else f"{status}"):
        store.take("one", 0)
    server.cluster.faults.append(Fault("POST", "/leases", 1))
    with pytest.raises(StoreLost, match="cannot be used"):
        store.take("one", 0)


def test_a_redis_that_is_not_there_is_a_lost_store_and_its_password_is_not_said() -> None:
    store = redis_store("redis://:hunter2-hunter2@127.0.0.1:1/0")
    with pytest.raises(StoreLost, match="cannot be used") as lost:
        store.take("one", 0)
    assert "hunter2" not in str(lost.value)


@pytest.mark.parametrize("seconds", [-60, 60])
def test_a_machine_whose_clock_is_wrong_gets_no_lease(redis: str, server: StandIn, seconds: int) -> None:
    clocks = Clocks(wall=system_clock() + seconds * 1000)
    wrong = "ahead of" if seconds > 0 else "behind"
    stores = (
        RedisStore(emptied(redis), lambda: clocks.wall, lambda: clocks.shared),
        empty_kubernetes_store(server, clocks, MOST_SKEW + 1),
    )
    for store in stores:
        with pytest.raises(NoLease, match=f"{wrong} the lease store's") as none:
            store.take("one", 0)
        assert not isinstance(none.value, StoreLost)
        clocks.wall = system_clock()
        assert store.take("one", 0).worker == 0
        clocks.wall += seconds * 1000


def test_a_clock_may_differ_a_little() -> None:
    at = (datetime.now(UTC) - EPOCH) / timedelta(seconds=1)
    check_clock(at, at + MOST_SKEW)
    with pytest.raises(NoLease, match="set it right"):
        check_clock(at, at + MOST_SKEW + 0.1)


def test_in_a_pod_the_token_is_read_for_each_change(server: StandIn, tmp_path: Path) -> None:
    environ = {"KUBERNETES_SERVICE_HOST": "10.0.0.1", "KUBERNETES_SERVICE_PORT": "6443"}
    with pytest.raises(NoLease, match="no pod with a service account"):
        kubernetes_store(environ, tmp_path)
    (tmp_path / "namespace").write_text("shop\n")
    store = kubernetes_store(environ, tmp_path)
    assert store.namespace == "shop"
    with pytest.raises(StoreLost, match=r"cannot be used: FileNotFoundError"):
        store.take("one", 0)
