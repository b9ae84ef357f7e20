"""Caddy's configuration, as a function of the routes."""

from math import isclose
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oneway.targets.local.proxy.caddyfile import make_configuration, passing_socket
from oneway.targets.local.proxy.caddytree import choose_generation, read_ports, renumber, replace_service
from oneway.targets.local.proxy.handlers import TOKEN, weigh
from oneway.targets.local.proxy.routing import divide
from oneway.targets.local.state.ledger import Front, Passage, Pool, Routes

RUNTIME, LOGS = Path("/run/oneway"), Path("/logs")


def pool(release: int, share: int, count: int = 1) -> Pool:
    dials = tuple(f"127.0.0.1:{20_000 + release * 10 + at}" for at in range(count))
    return Pool(release=release, share=share, dials=dials, token=f"token-{release}")


def made(*pools: Pool, protocol: str = "http", generation: int = 7, passage: Passage | None = None) -> Any:
    front = Front(port=8082, protocol=protocol, pools=pools, passage=passage)
    routes = Routes(service="id", fronts={"http": front})
    return make_configuration({"id": routes}, generation, RUNTIME, LOGS)


@pytest.mark.parametrize(
    ("pools", "wanted"),
    [
        ((pool(1, 100),), [1]),
        ((pool(2, 10), pool(1, 90)), [1, 9]),
        ((pool(2, 50), pool(1, 50)), [1, 1]),
        ((pool(2, 100), pool(1, 0)), [1, 0]),
        ((pool(2, 10, 2), pool(1, 90, 2)), [1, 1, 9, 9]),
        ((pool(2, 10, 1), pool(1, 90, 3)), [1, 3, 3, 3]),
    ],
)
def test_weights_are_the_smallest_that_keep_the_shares(pools: tuple[Pool, ...], wanted: list[int]) -> None:
    assert weigh(pools) == wanted


@given(st.integers(0, 100), st.integers(1, 9), st.integers(1, 9))
def test_weights_give_each_release_its_share(share: int, new: int, old: int) -> None:
    found = weigh((pool(2, share, new), pool(1, 100 - share, old)))
    assert isclose(sum(found[:new]) / sum(found), share / 100, abs_tol=1e-9)


def test_every_generation_changes_a_listener_so_that_old_connections_are_let_go_gently() -> None:
    first, second = (made(pool(1, 100), generation=each)["apps"]["http"]["servers"]["id-http"] for each in (7, 8))
    assert first["listen"][0] == second["listen"][0] == "127.0.0.1:8082"
    assert first["listen"][1] != second["listen"][1]
    assert first["routes"][0]["handle"][0]["response"]["set"] == {"Connection": ["close"]}


def test_own_requests_are_kept_to_the_release_of_their_token_and_never_hand_it_on() -> None:
    routes = made(pool(2, 10), pool(1, 90))["apps"]["http"]["servers"]["id-http"]["routes"]
    kept = next(each for each in routes if each.get("match") == [{"header": {TOKEN: ["token-2"]}}])
    proxy = kept["handle"][-1]
    assert proxy["upstreams"] == [{"dial": "127.0.0.1:20020"}]
    assert TOKEN in proxy["headers"]["request"]["delete"]
    assert kept["handle"][0]["key"] == "own"


def test_own_requests_for_a_release_that_does_not_serve_meet_no_other() -> None:
    routes = made(pool(2, 10), pool(1, 90))["apps"]["http"]["servers"]["id-http"]["routes"]
    at, refusal = next((at, each) for at, each in enumerate(routes) if each["handle"][-1].get("status_code") == 421)
    assert refusal["match"] == [{"header": {TOKEN: ["*"]}}]
    assert refusal["terminal"]
    assert all("match" not in each or TOKEN not in str(each["match"]) for each in routes[at + 1 :])
    assert not [each for each in routes[:at] if "reverse_proxy'" in str(each) and TOKEN not in str(each["match"])]


@pytest.mark.parametrize("coming", [{}, {"id": Routes(service="id", fronts={})}])
def test_one_service_is_amended_and_the_others_stay_as_they_are(coming: dict[str, Routes]) -> None:
    before = {each: Routes(service=each, fronts={"http": _front(port)}) for port, each in enumerate(("a", "id"), 8082)}
    serving = make_configuration(before, 7, RUNTIME, LOGS)
    tree = replace_service(serving, make_configuration(coming, 9, RUNTIME, LOGS), "id")
    assert read_ports(tree) == {"a-http": 8082}
    assert set(tree["logging"]["logs"]) == {"default", "access-a", *(f"access-{each}" for each in coming)}
    assert renumber(tree, 9, RUNTIME) == make_configuration({"a": before["a"], **coming}, 9, RUNTIME, LOGS)


def test_a_generation_that_no_file_knows_is_always_a_new_one(tmp_path: Path) -> None:
    assert choose_generation(tmp_path, 1000) == 1000
    for generation in (7, 1000, 1001):
        passing_socket(tmp_path, generation, "id-http").touch()
    assert choose_generation(tmp_path, 1000) == 1002


def _front(port: int) -> Front:
    return Front(port=port, protocol="http", pools=(pool(1, 100),))


def test_grpc_is_spoken_to_both_sides() -> None:
    server = made(pool(1, 100), protocol="grpc")["apps"]["http"]["servers"]["id-http"]
    assert server["protocols"] == ["h1", "h2c"]
    assert server["routes"][-1]["handle"][0]["transport"]["versions"] == ["h2c", "2"]


@pytest.mark.parametrize("protocol", ["http", "grpc"])
def test_idle_connections_are_let_go_before_any_usual_server_closes_them(protocol: str) -> None:
    """An order that is sent as the service closes the connection is lost, and cannot be sent again."""
    text = str(made(pool(1, 100), protocol=protocol)["apps"]["http"]["servers"]["id-http"])
    assert text.count("'keep_alive': {'idle_timeout': '1s'}") == text.count("'handler': 'reverse_proxy'") > 0


PASSAGE = Passage(file="/caddy/id.2.share", steps=(10, 50, 100))


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("10", {2: 10, 1: 90}),
        ("100", {2: 100, 1: 0}),
        ("alone", {2: 100}),
        ("", {1: 100}),
        ("11", {1: 100}),
        ("ten", {1: 100}),
        ("-10", {1: 100}),
    ],
)
def test_only_a_word_that_the_passage_knows_gives_the_new_release_anything(word: str, wanted: dict[int, int]) -> None:
    front = Front(port=8082, protocol="http", pools=(pool(2, 0), pool(1, 100)), passage=PASSAGE)
    assert {each.release: each.share for each in divide(front, word)} == wanted


def test_a_passage_is_one_configuration_for_all_its_steps_and_without_a_word_the_old_release_serves() -> None:
    routes = made(pool(2, 0), pool(1, 100), passage=PASSAGE)["apps"]["http"]["servers"]["id-http"]["routes"]
    words = {each["match"][0]["vars"][key][0]: each for each in routes for key in _files_of(each)}
    assert list(words) == ["alone", "10", "50", "100"]
    assert all(each["terminal"] for each in words.values())
    assert [each["dial"] for each in words["alone"]["handle"][0]["upstreams"]] == ["127.0.0.1:20020"]
    assert words["10"]["handle"][0]["load_balancing"]["selection_policy"]["weights"] == [1, 9]
    assert [each["dial"] for each in routes[-1]["handle"][0]["upstreams"]] == ["127.0.0.1:20010"]


def test_while_both_serve_the_old_release_is_asked_again_what_can_be_asked_twice() -> None:
    routes = made(pool(2, 0), pool(1, 100), passage=PASSAGE)["apps"]["http"]["servers"]["id-http"]["routes"]
    (again,) = next(each for each in routes if _files_of(each) and "10" in str(each["match"]))["handle"][0][
        "handle_response"
    ]
    questions, others = again["routes"]
    upstream = "{http.reverse_proxy.upstream.hostport}"
    assert questions["match"] == [{"method": ["GET", "HEAD", "OPTIONS"], "vars": {upstream: ["127.0.0.1:20020"]}}]
    assert _dials_in(questions["handle"]) == ["127.0.0.1:20010"]
    assert others["handle"] == [{"handler": "copy_response"}]
    alone = next(each for each in routes if "alone" in str(each.get("match")))
    assert "handle_response" not in alone["handle"][0], "the old release may be gone"


def test_at_100_the_old_release_is_asked_only_where_the_new_one_could_not_be() -> None:
    server = made(pool(2, 0), pool(1, 100), passage=PASSAGE)["apps"]["http"]["servers"]["id-http"]
    full = next(each for each in server["routes"] if _files_of(each) and "'100'" in str(each["match"]))
    assert [each["dial"] for each in full["handle"][0]["upstreams"]] == ["127.0.0.1:20020"]
    assert "try_duration" not in full["handle"][0]["load_balancing"]
    (rescue,) = [each for each in server["errors"]["routes"] if _dials_in(each["handle"])]
    never = [{"header": {TOKEN: ["*"]}}, {"vars": {"{file./caddy/id.2.share}": ["alone"]}}]
    assert all(each["not"] == never for each in rescue["match"]), "the rollout's own, and where the old one is gone"
    assert _dials_in(rescue["handle"]) == ["127.0.0.1:20010"]


def _files_of(route: Any) -> list[str]:
    return [key for match in route.get("match", []) for key in match.get("vars", {}) if key.startswith("{file.")]


def _dials_in(handlers: Any) -> list[str]:
    """The addresses of every proxy among the handlers, however deep."""
    found = [each["dial"] for handler in handlers for each in handler.get("upstreams", [])]
    inner = [route["handle"] for handler in handlers for route in handler.get("routes", [])]
    return found + [dial for each in inner for dial in _dials_in(each)]
