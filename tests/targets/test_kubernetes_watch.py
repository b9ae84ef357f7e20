"""What follows a collection survives whatever ends a watch, and says what no retry mends."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from stand_in_cluster import Cluster, Fault, Refusal, StandIn

from oneway.targets.kubernetes.answers import Forbidden
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect
from oneway.targets.kubernetes.kinds import CONFIG_MAP
from oneway.targets.kubernetes.watch import Follower, events


@pytest.fixture
def server() -> Iterator[StandIn]:
    found = StandIn(Cluster())
    yield found
    found.stop()


@pytest.fixture
def api(server: StandIn, tmp_path: Path) -> Api:
    config = tmp_path / "config"
    config.write_text(server.kubeconfig())
    return Api(connect("test", "prod", str(config)), "test")


def put(server: StandIn, name: str, color: str = "red") -> None:
    server.cluster.store(
        "configmaps",
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"color": color}}},
    )


def until(follower: Follower, holds: Callable[[list[str]], bool]) -> list[str]:
    """The names, as soon as `holds` of them."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        seen = follower.count
        names = [str(each["metadata"]["name"]) for each in follower.items()]
        if holds(names):
            return names
        follower.changed(seen, 1.0)
    raise AssertionError(f"it never came to that: {names}")


def test_it_lists_and_then_sees_each_change(server: StandIn, api: Api) -> None:
    put(server, "a")
    put(server, "other", "blue")
    with Follower(api, CONFIG_MAP, "color=red") as follower:
        assert [each["metadata"]["name"] for each in follower.items()] == ["a"]
        put(server, "b")
        until(follower, lambda names: names == ["a", "b"])
        put(server, "a", "blue")
        until(follower, lambda names: names == ["b"])
        server.cluster.drop("configmaps", "b")
        until(follower, lambda names: names == [])


def test_a_cut_watch_goes_on_where_it_was(server: StandIn, api: Api) -> None:
    put(server, "a")
    with Follower(api, CONFIG_MAP, "color=red") as follower:
        put(server, "b")
        until(follower, lambda names: names == ["a", "b"])
        server.cluster.cut_watches()
        put(server, "c")
        until(follower, lambda names: names == ["a", "b", "c"])
    watches = [query for _, path, query in server.cluster.requests if query.get("watch") == "true"]
    lists = [path for method, path, query in server.cluster.requests if "watch" not in query]
    assert len(watches) >= 2
    assert len(lists) == 1


def test_forgotten_history_is_read_anew(server: StandIn, api: Api) -> None:
    put(server, "a")
    with Follower(api, CONFIG_MAP, "color=red") as follower:
        server.stop()
        put(server, "b")
        server.cluster.drop("configmaps", "a")
        server.cluster.forget()
        server.start()
        until(follower, lambda names: names == ["b"])
    assert sum(1 for _, _, query in server.cluster.requests if "watch" not in query) == 2


def test_a_server_that_restarts_or_is_busy_is_waited_for(server: StandIn, api: Api) -> None:
    with Follower(api, CONFIG_MAP, "color=red") as follower:
        server.cluster.faults.append(Fault("GET", "/configmaps", 2, Refusal(429, "TooManyRequests", "later", after=1)))
        server.cluster.cut_watches()
        server.stop()
        put(server, "late")
        server.start()
        until(follower, lambda names: names == ["late"])


def test_a_missing_verb_ends_it_with_the_reason(server: StandIn, api: Api) -> None:
    server.cluster.denied.add(("watch", "configmaps"))
    with Follower(api, CONFIG_MAP, "color=red") as follower:
        follower.changed(10**9, 10.0)
        with pytest.raises(Forbidden, match="alice may not watch configmaps in namespace test"):
            follower.items()


def test_the_last_line_of_a_cut_stream_is_left_out() -> None:
    chunks = iter([b'{"a": 1}\n{"b"', b": 2}\n", b'\n{"cut'])
    assert list(events(chunks)) == [{"a": 1}, {"b": 2}]
