"""What a service keeps would be written by two at once, or lost."""

from collections.abc import Callable

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]

VOLUME = "volumes: [{name: data, path: /var/lib/data}]\n"


@pytest.mark.parametrize(
    ("more", "where", "replicas"),
    [("scale: {min: 1, max: 4}", "id.yaml:7:17", 4), ("replicas: 2", "id.yaml:7:1", 2)],
)
def test_one_writer_is_one_replica(system: System, places: Places, more: str, where: str, replicas: int) -> None:
    told = f"{where} id has {replicas} replicas, and one at most may write to what it keeps"
    assert places("state-at-risk", system(id=f"{VOLUME}{more}\n")) == [told]


def test_one_writer_has_no_canary(system: System, places: Places) -> None:
    told = "id.yaml:7:11 id wants steps of 5 %, and its two releases may never run side by side"
    assert places("state-at-risk", system(id=f"{VOLUME}rollout: {{steps: [5, 100]}}\n")) == [told]


def test_a_database_has_no_canary_either(system: System, places: Places) -> None:
    backing = "kind: backing\nvolumes: [{name: d, path: /d}]\nreplicas: 3\n"
    assert places("state-at-risk", system(db=backing)) == [
        "db.yaml:8:1 db has 3 replicas, and one at most may write to what it keeps"
    ]


def test_many_writers_are_declared(system: System, places: Places) -> None:
    shared = "volumes: [{name: data, path: /d, writers: many}]\nreplicas: 3\nrollout: {steps: [5, 100]}\n"
    assert places("state-at-risk", system(id=shared)) == []


def test_what_is_in_no_volume_is_lost(system: System, places: Places) -> None:
    told = "db.yaml:6:1 db keeps what others store, and has no volume: all of it is gone with its next release"
    assert places("state-at-risk", system(db="kind: backing\n")) == [told]


def test_volumes_in_each_other_and_in_tmp(system: System, places: Places) -> None:
    volumes = (
        "volumes: [{name: a, path: /v}, {name: b, path: /v/inner}, {name: c, path: /tmp/c}, {name: d, path: /w}]\n"
    )
    assert places("state-at-risk", system(id=volumes)) == [
        "id.yaml:6:42 the volume b of id is inside that of a",
        "id.yaml:6:69 the volume c of id is in /tmp, which every replica has for itself",
    ]
