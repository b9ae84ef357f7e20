"""The reference names every metric that is really exposed, with its kind and words, and nothing else."""

import re
from pathlib import Path
from types import MappingProxyType

import pytest

from caption_service.engine import Lanes
from caption_service.measures import Measures
from gateway_service.app import create
from gateway_service.config import Config
from oneway.model import Platform, System
from oneway.monitor.board import Board
from oneway.monitor.metrics import exposition
from oneway.monitor.outbox import Outbox
from oneway.monitor.watch_memory import Memory
from servicekit import Settings
from servicekit.metrics import Metrics
from servicekit.settings import DeclaredCall
from tools.docs.metrics import Described, described, page

HEAD = re.compile(r"# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n")
OF_PYTHON = ("process_", "python_")


def exposed(text: str) -> set[tuple[str, str, str]]:
    """Name, kind and words, but for what Python brings and when series were made."""
    found = {(name, kind, words) for name, words, kind in HEAD.findall(text)}
    return {each for each in found if not each[0].startswith(OF_PYTHON) and not each[0].endswith("_created")}


def in_the_reference(*groups: list[Described]) -> set[tuple[str, str, str]]:
    return {(each.name, each.kind, each.words) for found in groups for each in found}


def test_the_gateway_exposes_what_every_service_does_and_its_own() -> None:
    calls = MappingProxyType({"caption": DeclaredCall("http://127.0.0.1:1", 1.0)})
    service = create(Settings(service="gateway", calls=calls), Config())
    kit, own = described()["Every service that stands on servicekit"], described()["The gateway sample"]
    assert exposed(service.metrics.exposition().decode()) == in_the_reference(kit, own)


def test_caption_exposes_its_own() -> None:
    metrics = Metrics(Settings(service="caption"), lambda: 0.0, Measures(Lanes(1, 1)).collectors)
    own = in_the_reference(described()["The caption sample"])
    assert own <= exposed(metrics.exposition().decode())


def test_the_monitor_exposes_its_own(tmp_path: Path) -> None:
    board = Board(System(Platform(api_version="oneway/v1", name="p"), {}, {}, ""))
    text = exposition(board, Outbox(Memory(tmp_path / "m.db"), {}, lambda: 0.0), 0.0).decode()
    assert exposed(text) == in_the_reference(described()["The monitor"])


@pytest.mark.parametrize(
    "labels", ["| `call_breaker_open` | gauge | `callee` |", "| `oneway_burn_rate` | gauge | `service`, `kind` |"]
)
def test_the_page_has_the_labels(labels: str) -> None:
    assert labels in "".join(page())
