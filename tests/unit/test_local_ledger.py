"""Ports and instance numbers: given out once, kept, and given back."""

from pathlib import Path

from oneway.store import Database
from oneway.targets.local.state.ledger import Front, Ledger, Pool, Routes, is_free


def ledger_in(root: Path, taken: frozenset[int] = frozenset()) -> Ledger:
    return Ledger(Database(root / "state.db"), lambda port: port not in taken)


def test_the_declared_port_where_it_is_free_else_another_and_the_same_for_good(tmp_path: Path) -> None:
    assert ledger_in(tmp_path).stable_port("id", "http", 8082) == 8082
    other = ledger_in(tmp_path, frozenset({8081})).stable_port("caption", "http", 8081)
    assert other != 8081
    assert ledger_in(tmp_path).stable_port("caption", "http", 8081) == other
    second = ledger_in(tmp_path).stable_port("copy", "http", 8082)
    assert second != 8082, "two services that declare the same port"
    ledger_in(tmp_path).forget_ports()
    assert ledger_in(tmp_path).stable_port("caption", "http", 8081) == 8081


def test_replicas_have_ports_and_numbers_of_their_own_that_come_back(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    old = [ledger.add("id", 1, slot, ["http", "admin"]) for slot in range(3)]
    new = ledger.add("id", 2, 0, ["http"])
    rehearsal = ledger.add("id", 1, 0, ["http"], "clock/4")
    everybody = [*old, new, rehearsal]
    assert [each.instance for each in everybody] == [0, 1, 2, 3, 4]
    ports = [port for each in everybody for port in each.ports.values()]
    assert len(set(ports)) == len(ports) == 8
    assert ledger.add("id", 1, 1, ["http", "admin"]) == old[1]
    ledger.drop(old[1].name)
    assert ledger.add("id", 2, 1, ["http"]).instance == 1
    assert {each.name for each in ledger.replicas("id")} == {"id.1.0", "id.1.2", "id.2.0", "id.2.1", "id.1.for.clock.4"}
    assert ledger.add("other", 1, 0, []).instance == 0


def test_routes_are_kept_and_every_change_is_a_new_generation(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    pool = Pool(release=1, share=100, dials=("127.0.0.1:20001",), token="t")
    routes = Routes(service="id", fronts={"http": Front(port=8082, protocol="http", pools=(pool,))})
    generations = [ledger.route("id", routes), ledger.route("id", None), ledger.route("id", routes), ledger.renew()]
    assert generations == sorted(set(generations))
    assert ledger.routes() == (generations[-1], {"id": routes})


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert not is_free(taken.getsockname()[1])


def test_the_declared_port_is_taken_back_when_it_is_free_and_the_other_one_stays_beside_it(tmp_path: Path) -> None:
    other = ledger_in(tmp_path, frozenset({8081})).stable_port("caption", "http", 8081)
    ledger_in(tmp_path, frozenset({8081})).reclaim("caption", "http", 8081)
    ledger = ledger_in(tmp_path)
    assert ledger.stable_port("caption", "http", 8081) == other
    ledger.reclaim("caption", "http", 8081)
    ledger.reclaim("caption", "http", 8081)
    assert ledger.stable_port("caption", "http", 8081) == 8081
    assert ledger.earlier_ports("caption", "http") == [other]
    assert ledger.earlier_ports("caption", "htt") == []
    ledger.undo_reclaim("caption", "http")
    assert (ledger.stable_port("caption", "http", 8081), ledger.earlier_ports("caption", "http")) == (other, [])
    assert ledger.reclaim("caption", "http", 8081)
    ledger.forget_ports()
    assert ledger.earlier_ports("caption", "http") == []


def test_a_port_of_another_service_is_not_taken(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.stable_port("id", "http", 8081)
    other = ledger.stable_port("caption", "http", 8081)
    ledger.reclaim("caption", "http", 8081)
    assert ledger.stable_port("caption", "http", 8081) == other


def test_a_port_that_another_manifest_declares_moves_with_it(tmp_path: Path) -> None:
    ledger = ledger_in(tmp_path)
    ledger.stable_port("id", "http", 8081)
    ledger.reclaim("id", "http", 8090)
    assert (ledger.stable_port("id", "http", 8090), ledger.earlier_ports("id", "http")) == (8090, [8081])
