"""Where the whole is full first."""

from math import inf

import pytest

from oneway.application.find_headroom import find_headroom, first_full, read_entries
from oneway.errors import UsageError
from oneway.graph import headroom
from oneway.manifest import load
from oneway.model import System

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {core: {}}\n"


def system(**services: str) -> System:
    head = "apiVersion: oneway/v1\nversion: 1.0.0\nowner: ann\ndomain: core\n"
    files = {f"{name}.yaml": f"{head}service: {name}\n{text}" for name, text in services.items()}
    return load([(name, text.encode()) for name, text in {**files, "platform.yaml": PLATFORM}.items()]).system


CHAIN = {
    "gateway": "calls: [{to: caption}]\nload: {requests_per_second: 5, per_replica: 100}\nscale: {max: 6}\n",
    "caption": "calls: [{to: id, per_request: 2}]\nload: {per_replica: 10}\nscale: {max: 10}\n",
    "id": "load: {per_replica: 400}\nreplicas: 2\n",
}


def test_factors_follow_the_calls_down() -> None:
    found = headroom(system(**CHAIN), {"gateway": 50})
    assert [(each.service, each.demand, each.factor) for each in found] == [
        ("caption", 50, 2),
        ("id", 100, 8),
        ("gateway", 50, 12),
    ]
    assert [found[0].replicas_for(each) for each in (1, 2, 4, 4.01)] == [5, 10, 20, 21]
    assert headroom(system(**CHAIN), {})[0].factor == 20


def test_what_nobody_knows_and_what_nobody_reaches_come_last() -> None:
    services = {**CHAIN, "caption": "calls: [{to: id}]\n", "lone": "load: {per_replica: 1}\n"}
    found = headroom(system(**services), {"gateway": 50})
    assert [each.service for each in found] == ["gateway", "id", "caption", "lone"]
    assert [each.factor for each in found[2:]] == [None, inf]
    full = first_full(found)
    assert full is not None
    assert full.service == "gateway"


def test_a_service_without_replicas_is_full_at_once() -> None:
    services = {**CHAIN, "id": "load: {per_replica: 400}\nreplicas: 0\n"}
    assert headroom(system(**services), {})[0].factor == 0


@pytest.mark.parametrize("text", ["gateway", "gateway=", "gateway=0", "gateway=-3", "gateway=x", "=5", ""])
def test_what_is_no_entry_is_said(text: str) -> None:
    with pytest.raises(UsageError, match="is no load"):
        read_entries(system(**CHAIN), [text])


def test_entries_are_read() -> None:
    assert read_entries(system(**CHAIN), ["gateway=50", "id=1.5/s,caption=2"]) == {
        "gateway": 50,
        "id": 1.5,
        "caption": 2,
    }
    with pytest.raises(UsageError, match="no service gatway"):
        read_entries(system(**CHAIN), ["gatway=5"])


def test_nothing_to_say_is_said() -> None:
    with pytest.raises(UsageError, match="nothing enters"):
        find_headroom(system(id="load: {per_replica: 3}\n"), {})
    with pytest.raises(UsageError, match="nobody knows"):
        find_headroom(system(id="load: {requests_per_second: 3}\n"), {})
