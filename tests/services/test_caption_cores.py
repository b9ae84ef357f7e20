"""How many cores and how much memory the service believes it has, and how many pictures it takes on for that."""

import os
import resource
from pathlib import Path

import pytest

from caption_service import settings
from caption_service.cores import usable_cores, usable_memory
from caption_service.settings import CaptionSettings

HERE = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@pytest.mark.parametrize(
    ("quota", "cores"),
    [("100000 100000", 1), ("50000 100000", 1), ("150000 100000", 2), ("max 100000", HERE), ("", HERE)],
)
def test_a_quota_of_version_2_limits(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu.max").write_text(quota)
    assert usable_cores(tmp_path) == min(cores, HERE)


@pytest.mark.parametrize(("quota", "cores"), [("100000", 1), ("-1", HERE)])
def test_a_quota_of_version_1_limits(tmp_path: Path, quota: str, cores: int) -> None:
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text(quota)
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000")
    assert usable_cores(tmp_path) == min(cores, HERE)


def test_without_a_control_group_affinity_counts(tmp_path: Path) -> None:
    assert usable_cores(tmp_path) == HERE


@pytest.mark.parametrize(
    ("file", "text", "wanted"),
    [
        ("memory.max", "536870912", 536870912),
        ("memory.max", "max", None),
        ("memory.max", "0", 0),
        ("memory/memory.limit_in_bytes", "268435456", 268435456),
        ("memory/memory.limit_in_bytes", "9223372036854771712", None),
    ],
)
def test_a_control_groups_memory_limits(tmp_path: Path, file: str, text: str, wanted: int | None) -> None:
    (tmp_path / "memory").mkdir()
    (tmp_path / file).write_text(text)
    everything = usable_memory(tmp_path / "nowhere")
    assert usable_memory(tmp_path) == (everything if wanted is None else wanted)


def test_without_limits_it_is_what_the_machine_has(tmp_path: Path) -> None:
    assert 1 << 28 < usable_memory(tmp_path) < 1 << 50


def test_a_limit_of_the_process_counts(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_DATA)
    whole = usable_memory(tmp_path)
    resource.setrlimit(resource.RLIMIT_DATA, (whole - 1, before[1]))
    try:
        assert usable_memory(tmp_path) == whole - 1
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


@pytest.mark.parametrize(
    ("cores", "megabytes", "lanes", "waiting"),
    [(2, 1 << 20, 2, 1), (16, 1 << 20, 16, 8), (16, 512, 2, 1), (16, 1024, 5, 2), (16, 128, 1, 1), (1, 512, 1, 1)],
)
def test_a_picture_at_a_time_for_each_core_that_there_is_memory_for(
    monkeypatch: pytest.MonkeyPatch, cores: int, megabytes: int, lanes: int, waiting: int
) -> None:
    monkeypatch.setattr(settings, "usable_cores", lambda: cores)
    monkeypatch.setattr(settings, "usable_memory", lambda: megabytes << 20)
    found = CaptionSettings.from_environment({})
    assert (found.lanes, found.waiting) == (lanes, waiting)


def test_who_says_how_many_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "usable_memory", lambda: 128 << 20)
    found = CaptionSettings.from_environment({"CAPTION_LANES": "5", "CAPTION_WAITING": "0"})
    assert (found.lanes, found.waiting) == (5, 0)
