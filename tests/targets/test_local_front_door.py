"""How users fare at a stable port while traffic goes over from one release to another, with a real Caddy."""

import http.client
import json
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator

import msgspec
import pytest
from local_place import LocalPlace, asked
from target_contract import CALLEE, CALLER, TargetContract, get

from oneway.model import Duration
from oneway.targets.base import Condition, Holder, Placement, Release, TargetError
from oneway.targets.local.proxy.log_settings import access_log
from oneway.targets.local.proxy.routing import make_passage
from oneway.targets.local.state.ledger import Ledger


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPlace]:
    place = LocalPlace(tmp_path_factory.mktemp("checkout"))
    yield place
    place.close()


@pytest.fixture
def place(checkout: LocalPlace) -> Iterator[LocalPlace]:
    with checkout.target.records.lock(CALLEE, Holder("a test", 1.0)):
        yield checkout
        checkout.target.settle(CALLEE, None)


def both(place: LocalPlace, mode: str) -> tuple[Release, Release]:
    """A release that serves, and a new one beside it."""
    contract = TargetContract()
    old = contract.serving(place, CALLEE, "1.0.0")
    new = contract.made(place, CALLEE, "2.0.0", mode)
    place.target.ensure(Placement(new), 1)
    contract.await_ready(place, Placement(new))
    return old, new


def connected(place: LocalPlace) -> http.client.HTTPConnection:
    """A user's connection to the stable port."""
    return http.client.HTTPConnection(place.target.addresses(CALLEE)["http"].removeprefix("http://"), timeout=10)


def answers(place: LocalPlace, method: str, count: int) -> Counter[str]:
    """What so many users got, on one connection."""
    connection, got = connected(place), Counter[str]()
    for _ in range(count):
        connection.request(method, "/")
        answer = connection.getresponse()
        got[f"{answer.status} {answer.read().decode()}"] += 1
    connection.close()
    return got


def test_a_question_that_fails_is_put_to_the_old_release_and_counts_against_the_new(place: LocalPlace) -> None:
    old, new = both(place, "wrong")
    place.target.shift(new, old, 50)
    assert answers(place, "GET", 40) == {"200 1.0.0": 40}
    posted = answers(place, "POST", 40)
    assert set(posted) == {"200 1.0.0", "500 wrong"}, "what may change something is not repeated"
    served = Counter((each.release, each.status) for each in place.target.traffic(CALLEE, 0.0))
    assert served[new.number, 500] >= 20 + posted["500 wrong"] - 5
    assert not served[old.number, 500]


@pytest.mark.parametrize("percent", [50, 100])
def test_what_dies_with_a_share_loses_nobody_who_comes_after(place: LocalPlace, percent: int) -> None:
    old, new = both(place, "good")
    place.target.shift(new, old, percent)
    place.target.caddy.await_loaded()
    assert "200 2.0.0" in answers(place, "GET", 10)
    place.target.remove(Placement(new))
    for method in ("POST", "GET", "POST"):
        assert answers(place, method, 20) == {"200 1.0.0": 20}
    assert place.target.front(new, None)(get()).status >= 500, "what asks for the new one alone learns of it"
    served = Counter((each.release, each.status) for each in place.target.traffic(CALLEE, 0.0))
    assert served[old.number, 200] >= 60


def test_once_its_traffic_is_stopped_it_fails_nobody_not_even_on_connections_of_before(
    place: LocalPlace,
) -> None:
    old, new = both(place, "wrong")
    place.target.shift(new, old, 100)
    place.target.caddy.await_loaded()
    connection = connected(place)
    for wanted in (500, 200):
        connection.request("POST", "/")
        answer = connection.getresponse()
        answer.read()
        assert answer.status == wanted
        place.target.stop_traffic(new, old)
    connection.close()


def test_a_step_closes_no_connection(place: LocalPlace) -> None:
    old, new = both(place, "good")
    place.target.shift(new, old, 10)
    place.target.caddy.await_loaded()
    connection = connected(place)
    connection.connect()
    before = connection.sock
    for percent in (50, 100, 10, 100):
        place.target.shift(new, old, percent)
        connection.request("GET", "/")
        assert connection.getresponse().read().decode() in ("1.0.0", "2.0.0")
        assert connection.sock is before
    connection.close()


@pytest.mark.parametrize("stays", ["new", "old"])
def test_whoever_goes_answers_first_what_it_was_asked(place: LocalPlace, stays: str) -> None:
    old, new = both(place, "good")
    place.target.shift(new, old, 100 if stays == "old" else 10)
    address = place.target.addresses(CALLEE)["http"]
    told: list[str] = []
    slow = [threading.Thread(target=lambda: told.append(asked(address, "/slow"))) for _ in range(12)]
    for each in slow:
        each.start()
    place.target.settle(CALLEE, new if stays == "new" else old)
    for each in slow:
        each.join()
    assert len(told) == 12
    assert set(told) <= {"1.0.0", "2.0.0"}


def test_an_upgraded_connection_of_what_goes_may_end_within_the_drain(place: LocalPlace) -> None:
    old, new = both(place, "good")
    connection = connected(place)
    connection.request("GET", "/socket", headers={"Connection": "Upgrade", "Upgrade": "echo"})
    assert connection.getresponse().status == 101
    lines = connection.sock.makefile("rwb", buffering=0)
    place.target.shift(new, old, 100)
    settling = threading.Thread(target=place.target.settle, args=(CALLEE, new))
    settling.start()
    while set(place.target.serving(CALLEE)) != {new.number}:
        assert settling.is_alive()
    lines.write(b"still there\n")
    assert lines.readline() == b"1.0.0 still there\n"
    assert settling.is_alive(), "it waits for who is still connected"
    connection.close()
    lines.close()
    settling.join(timeout=25)
    assert not settling.is_alive()
    assert place.target.observe(Placement(old)) == ()


def test_whoever_waits_for_an_answer_is_seen_among_many_who_do_not(place: LocalPlace) -> None:
    old, new = both(place, "good")
    place.target.shift(new, old, 100)
    place.target.caddy.await_loaded()
    assert place.users(CALLEE, 5) == ["2.0.0"] * 5
    callers = [connected(place) for _ in range(4)]
    for each, path in zip(callers, ["/hang", "/hang", "/hang", "/endless"], strict=True):
        each.request("POST", path)
    waits: list[float] = []
    until = time.monotonic() + 20
    while not (waits and min(waits) >= 0.5) and time.monotonic() < until:
        place.users(CALLEE, 5)
        waits = [each.seconds for each in place.target.traffic(CALLEE, 0.0) if each.waiting]
    assert len(waits) == 3, "a stream that has begun is no answer that is missed"
    for each in callers:
        each.close()
    while any(each.waiting for each in place.target.traffic(CALLEE, 0.0)):
        assert time.monotonic() < until + 20, "who has gone waits no more"


def test_a_drain_lasts_no_longer_than_it_is_declared(place: LocalPlace) -> None:
    old, new = both(place, "good")
    spec = msgspec.structs.replace(new.spec, rollout=msgspec.structs.replace(new.spec.rollout, drain=Duration(0.1)))
    new = msgspec.structs.replace(new, spec=spec)
    connection = connected(place)
    connection.request("GET", "/socket", headers={"Connection": "Upgrade", "Upgrade": "echo"})
    assert connection.getresponse().status == 101
    place.target.shift(new, old, 100)
    place.target.settle(CALLEE, new)
    assert connection.sock.recv(100) == b"", "whoever stays longer is let go"
    assert place.users(CALLEE, 1) == ["2.0.0"]
    connection.close()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can be told which socket gets new connections")
def test_new_connections_never_meet_the_configuration_that_goes(place: LocalPlace) -> None:
    TargetContract().serving(place, CALLEE, "1.0.0")
    for _ in range(3):
        place.target.caddy.load()
        for _ in range(30):
            connection = connected(place)
            connection.request("GET", "/")
            answer = connection.getresponse()
            assert answer.read() == b"1.0.0"
            assert answer.getheader("Connection") != "close", "this was the one that goes"
            connection.close()


def test_a_replica_whose_port_was_taken_is_robbed_and_gets_another(place: LocalPlace) -> None:
    contract = TargetContract()
    release = contract.made(place, CALLEE, "1.0.0")
    replica = place.target.ledger.add(CALLEE, release.number, 0, ["http"])
    with socket.socket() as thief:
        thief.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        thief.bind(("127.0.0.1", replica.ports["http"]))
        thief.listen()
        place.target.ensure(Placement(release), 1)
        (port_taken,) = contract.await_seen(
            place, Placement(release), lambda found: any(each.condition is Condition.FAILED for each in found)
        )
        assert port_taken.port_taken
        assert f"another program took its port {replica.ports['http']}" in port_taken.reason
        place.target.ensure(Placement(release), 1)
        contract.await_ready(place, Placement(release))
    assert place.target.replicas.of(Placement(release))[0].ports != replica.ports


def test_what_was_kept_but_not_loaded_when_the_command_was_killed_is_loaded_by_the_next(place: LocalPlace) -> None:
    old, new = both(place, "good")
    door = place.target.door
    dials = {each.number: door.replicas.of(Placement(each)) for each in (new, old)}
    kept = make_passage(
        new,
        old,
        50,
        door.home.caddy / f"{CALLEE}.{new.number}.share",
        dials,
        lambda each: [door.stable_port(CALLEE, each)],
    )
    place.target.ledger.route(CALLEE, kept)
    place.target.shift(new, old, 50)
    assert place.target.front(new, None)(get()).body == b"2.0.0"
    assert set(answers(place, "POST", 20)) == {"200 1.0.0", "200 2.0.0"}


def full_disk(*_: object) -> int:
    """In the place of what keeps routes."""
    raise TargetError("the disk is full")


def test_on_a_full_disk_every_change_of_routes_stands_on_those_before(
    place: LocalPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    contract = TargetContract()
    with place.target.records.lock(CALLER, Holder("a test", 1.0)):
        for service in (CALLEE, CALLER):
            contract.serving(place, service, "1.0.0")
        with monkeypatch.context() as full:
            full.setattr(Ledger, "route", full_disk)
            for service in (CALLEE, CALLER):
                with pytest.raises(TargetError, match="the disk is full"):
                    place.target.caddy.route(service, None)
            assert place.users(CALLEE, 1) + place.users(CALLER, 1) == ["nobody", "nobody"]
        place.target.caddy.route(CALLEE, place.target.ledger.routes()[1][CALLEE])
        assert place.users(CALLEE, 1) + place.users(CALLER, 1) == ["1.0.0", "1.0.0"], (
            "room again: what files say counts"
        )
        place.target.settle(CALLER, None)


def test_what_was_put_back_on_a_full_disk_goes_forth_again_when_there_is_room(
    place: LocalPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = both(place, "good")
    place.target.shift(new, old, 50)
    with monkeypatch.context() as full:
        full.setattr(Ledger, "route", full_disk)
        with pytest.raises(TargetError, match="the disk is full"):
            place.target.caddy.route(CALLEE, None)
        assert place.users(CALLEE, 1) == ["nobody"]
    place.target.shift(new, old, 100)
    assert place.users(CALLEE, 5) == ["2.0.0"] * 5
    assert place.target.front(new, None)(get()).body == b"2.0.0"


def test_a_release_that_does_not_serve_is_answered_for_by_nobody(place: LocalPlace) -> None:
    old, new = both(place, "good")
    assert place.target.front(old, None)(get()).body == b"1.0.0"
    refused = place.target.front(new, None)(get())
    assert refused.status == 421
    assert b"no release that serves here" in refused.body
    lines = access_log(CALLEE, place.target.caddy.home.logs).read_text().splitlines()
    (logged,) = [each for each in map(json.loads, lines) if each["status"] == 421]
    assert logged["own"] == "yes", "users had no part in it"


def test_a_stable_port_that_another_checkout_serves_meanwhile_is_not_shared_with_it(place: LocalPlace) -> None:
    contract = TargetContract()
    release = contract.serving(place, CALLEE, "1.0.0")
    host, _, port = place.target.addresses(CALLEE)["http"].removeprefix("http://").rpartition(":")
    place.target.settle(CALLEE, None)
    place.target.caddy.await_loaded()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind((host, int(port)))
        other.listen()
        with pytest.raises(TargetError, match=f"port {port}, where users find .* is taken by another program"):
            place.target.settle(CALLEE, release)
    place.target.settle(CALLEE, release)
    assert answers(place, "GET", 5) == {"200 1.0.0": 5}
