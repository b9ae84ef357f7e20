"""Measurements that are not to be believed any more."""

import json
from collections.abc import Callable
from typing import Any

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


def measured(service: str = "id", **fields: Any) -> str:
    body = {
        "format": 1,
        "service": service,
        "version": "1.2.3",
        "environment": "local",
        "against": "release",
        "measured": "2026-11-25",
        "on": "Linux, 2 cores",
        "goal": "errors=0.1%",
        "per_replica": 10,
    }
    return json.dumps(body | fields)


def files(system: System, text: str, record: str, name: str = "measured/id.json", platform: str = "") -> dict[str, str]:
    return {**system(platform, id=text), name: record}


@pytest.mark.parametrize("version", ["1.2.3", "1.2.9", "1.2.0", "1.1.0"])
def test_a_measurement_of_this_minor_version_is_believed(system: System, places: Places, version: str) -> None:
    text = f"version: {version}\nload: {{per_replica: 10}}\n"
    assert places("measured-stale", files(system, text, measured())) == []


@pytest.mark.parametrize("version", ["1.3.0", "2.0.0", "1.10.0"])
def test_one_of_an_earlier_minor_version_is_stale(system: System, places: Places, version: str) -> None:
    found = places("measured-stale", files(system, f"version: {version}\nload: {{per_replica: 10}}\n", measured()))
    assert found == [f"id.yaml:6:1 id {version} carries 10/s, says a measurement of id 1.2.3 (2026-11-25)"]


def test_a_number_that_was_changed_by_hand_is_said(system: System, places: Places) -> None:
    text = "version: 1.2.0\nload: {per_replica: 12}\n"
    assert places("measured-stale", files(system, text, measured())) == [
        "id.yaml:7:8 id says that a replica carries 12/s, and 10/s were measured"
    ]
    over = text + "environments: {local: {load: {per_replica: 10}}}\n"
    assert places("measured-stale", files(system, over, measured())) == []
    environments = "environments: {local: {target: local}, prod: {target: local}}\n"
    assert places("measured-stale", files(system, text, measured(), platform=environments), env="prod") == []


@pytest.mark.parametrize(
    "record",
    [
        "",
        "[]",
        "{}",
        "not json",
        measured(per_replica=0),
        measured(version="1"),
        measured(extra=1),
        measured("caption"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_warning_and_no_more(system: System, places: Places, record: str) -> None:
    (found,) = places("measured-stale", files(system, "version: 1.2.0\n", record))
    assert found.startswith("measured/id.json:1:1 what was measured cannot be read: ")


def test_a_service_that_is_gone(system: System, places: Places) -> None:
    found = places("measured-stale", files(system, "", measured("old"), "measured/old.json"))
    assert found == ["measured/old.json:1:1 there is no service old that this was measured on"]


def test_other_json_files_are_no_measurements(system: System, places: Places) -> None:
    assert places("measured-stale", files(system, "", "{}", "oneway.schema.json")) == []
