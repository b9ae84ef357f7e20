"""How many cores the service believes it has."""

import os
from pathlib import Path

import pytest

from caption_service.cores import usable_cores

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
