"""The torture of leases in small, and that it finds what it looks for."""

from pathlib import Path

import pytest

from tools.bench.ids_torture import RUN, judge, runs_of, torture


def test_killed_paused_and_wrongly_timed_processes_repeat_no_id(tmp_path: Path) -> None:
    torture(tmp_path, ids=200_000, workers=2, seed=3, seconds=60, pause=1.0)
    verdict = judge(tmp_path)
    assert verdict.ids > 0
    assert (verdict.duplicates, verdict.disorders) == (0, 0)
    assert (tmp_path / "errors.log").read_text() == ""


@pytest.mark.parametrize(
    ("runs", "duplicates", "disorders"),
    [
        ([[(10, 5), (15, 5)], [(20, 5)]], 0, 0),
        ([[(10, 5)], [(14, 5)]], 1, 0),
        ([[(10, 50)], [(20, 5)], [(59, 2)]], 6, 0),
        ([[(10, 5), (9, 1)]], 0, 1),
        ([[(10, 5), (10, 5)]], 5, 1),
    ],
)
def test_what_is_repeated_or_out_of_order_is_counted(
    runs: list[list[tuple[int, int]]], duplicates: int, disorders: int, tmp_path: Path
) -> None:
    for place, written in enumerate(runs):
        half = RUN.pack(10, 100)[:5]  # of somebody who was killed while writing
        (tmp_path / f"{place}.runs").write_bytes(b"".join(RUN.pack(*run) for run in written) + half)
    verdict = judge(tmp_path)
    assert (verdict.duplicates, verdict.disorders) == (duplicates, disorders)
    assert verdict.ids == sum(count for written in runs for _, count in written)


def test_runs_are_what_the_ids_say() -> None:
    assert runs_of([5, 6, 7, 100, 200, 201]) == [(5, 3), (100, 1), (200, 2)]
    assert runs_of([5, 6, 6, 8]) == [(5, 2), (6, 1), (8, 1)]
    with pytest.raises(AssertionError, match="do not ascend"):
        runs_of([5, 7, 7, 8])
