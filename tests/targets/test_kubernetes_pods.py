"""Pods as a real kubelet (Kubernetes 1.36, containerd) reported them: what the gate makes of each state."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from oneway.targets.base import Condition
from oneway.targets.kubernetes.workload_progress import instance_of

RECORDED: list[dict[str, Any]] = json.loads((Path(__file__).parent / "recorded" / "pod_statuses.json").read_text())
AT_THE_TIME = datetime.fromisoformat("2026-11-23T16:53:00+00:00").timestamp()
LAST = {each["pod"]: each for each in RECORDED}


def seen(pod: dict[str, Any], now: float = AT_THE_TIME) -> tuple[Condition, str]:
    found = instance_of({"metadata": pod["metadata"], "status": pod["status"]}, now)
    return found.condition, found.reason


@pytest.mark.parametrize(
    ("pod", "condition", "reason"),
    [
        ("ready", Condition.READY, ""),
        ("unready", Condition.UNREADY, "runs, but its readiness check has never passed"),
        ("missing-image", Condition.FAILED, "its image cannot be pulled (ImagePullBackOff): Back-off pulling image "),
        ("bad-image-name", Condition.FAILED, "its image's name is not valid (InvalidImageName): "),
        ("missing-secret", Condition.FAILED, "its configuration is incomplete (CreateContainerConfigError): secret "),
        ("no-such-command", Condition.FAILED, "its container cannot be started (RunContainerError): "),
        ("no-room", Condition.STARTING, "cannot be scheduled: 0/1 nodes are available: 1 Insufficient cpu"),
        ("crash-loop", Condition.FAILED, "exited with status 7 and was started again, 4 times so far"),
        ("out-of-memory", Condition.FAILED, "ran out of memory (OOMKilled) and was started again, 3 times so far"),
    ],
)
def test_how_each_kind_of_pod_ends_up(pod: str, condition: Condition, reason: str) -> None:
    found = seen(LAST[pod])
    assert found[0] is condition
    assert found[1].startswith(reason)
    assert "\n" not in found[1]


def test_a_crash_is_told_from_the_first_one_on() -> None:
    """Between two runs a pod looks healthy for a moment; what happened to it before is not forgotten."""
    runs = [each for each in RECORDED if each["pod"] == "crash-loop" and _restarts(each) in (1, 2)]
    assert runs
    for each in runs:
        assert "exited with status 7 and was started again" in seen(each)[1]


def test_restarts_of_long_ago_are_forgiven() -> None:
    crashed = next(each for each in RECORDED if each["pod"] == "crash-loop" and _restarts(each) == 3)
    later = AT_THE_TIME + 3600
    assert seen(crashed)[0] is Condition.FAILED
    assert seen(crashed, later)[0] is not Condition.FAILED


def test_every_recorded_state_is_told_in_one_line() -> None:
    for each in RECORDED:
        condition, reason = seen(each)
        assert reason or condition is Condition.READY, each["pod"]
        assert "\n" not in reason
        assert len(reason) < 320


def _restarts(pod: dict[str, Any]) -> int:
    return sum(each["restartCount"] for each in pod["status"].get("containerStatuses", ()))
