"""Logs of all pods together: each line once, whatever becomes of the streams; new pods join."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stand_in_cluster import Cluster, StandIn

from oneway.targets.base import LogLine
from oneway.targets.kubernetes import logs
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect


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


def pod(server: StandIn, name: str, *lines: str, **labels: str) -> None:
    metadata = {"name": name, "labels": {"app.kubernetes.io/name": "echo", **labels}}
    server.cluster.store("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "status": {}})
    server.cluster.logs[name] = list(lines)


def test_the_last_lines_of_each_pod(server: StandIn, api: Api) -> None:
    pod(server, "echo-a", "one", "two", "three")
    pod(server, "echo-b", "four")
    found = list(logs.lines(api, "echo", logs.wanted(2, None)))
    assert found == [LogLine("echo-a", "two"), LogLine("echo-a", "three"), LogLine("echo-b", "four")]


def test_rehearsals_are_left_out(server: StandIn, api: Api) -> None:
    pod(server, "echo-with-id", "one", **{"oneway/rehearses": "id"})
    assert list(logs.lines(api, "echo", logs.wanted(5, None))) == []


def test_following_tells_each_line_once_and_new_pods_too(server: StandIn, api: Api) -> None:
    """The stand-in ends each stream at once: every line after the first is read by a stream that goes on."""
    pod(server, "echo-a", "old", "one", "two")
    followed = logs.follow(api, "echo", logs.wanted(2, None))
    assert [next(followed), next(followed)] == [LogLine("echo-a", "one"), LogLine("echo-a", "two")]
    server.cluster.logs["echo-a"].append("three")
    assert next(followed) == LogLine("echo-a", "three")
    pod(server, "echo-b", "here I am")
    server.cluster.cut_watches()
    assert next(followed) == LogLine("echo-b", "here I am")
    server.cluster.logs["echo-a"].append("four")
    assert next(followed) == LogLine("echo-a", "four")
    followed.close()
