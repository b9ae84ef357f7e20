"""When a rollout is done: the rule in its order, on every way in which a status can mislead."""

from typing import Any

import pytest

from oneway.targets.kubernetes.traffic import canaries_for, percentages
from oneway.targets.kubernetes.workload_progress import progress

DONE = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "readyReplicas": 2, "availableReplicas": 2}
DEADLINE = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
QUOTA = {"type": "ReplicaFailure", "status": "True", "reason": "FailedCreate", "message": "exceeded quota: small"}
FINE = {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}


def workload(kind: str = "Deployment", **status: Any) -> dict[str, Any]:
    return {"kind": kind, "metadata": {"generation": 3}, "spec": {"replicas": 2}, "status": {**DONE, **status}}


def test_done_is_done() -> None:
    assert progress(workload()).done
    assert progress(workload(conditions=[FINE])).done


@pytest.mark.parametrize(
    ("status", "waiting"),
    [
        ({"observedGeneration": 2}, "the controller has not seen the change yet"),
        ({"updatedReplicas": 1}, "1 of 2 replicas are updated"),
        ({"updatedReplicas": None}, "0 of 2 replicas are updated"),
        ({"replicas": 3}, "1 old replicas are still going"),
        ({"availableReplicas": 1, "conditions": [FINE]}, "1 of 2 replicas are available"),
    ],
)
def test_what_is_missing_is_told(status: dict[str, Any], waiting: str) -> None:
    found = progress(workload(**status))
    assert (found.done, found.waiting, found.stuck) == (False, waiting, "")


@pytest.mark.parametrize(
    ("condition", "stuck"),
    [
        (DEADLINE, "made no progress within its deadline: timed out"),
        (QUOTA, "its pods cannot be made: exceeded quota: small"),
    ],
)
def test_what_will_never_be_is_told(condition: dict[str, Any], stuck: str) -> None:
    assert progress(workload(availableReplicas=0, conditions=[condition])).stuck == stuck


def test_an_old_status_says_nothing_about_a_new_generation() -> None:
    found = progress(workload(observedGeneration=2, conditions=[DEADLINE]))
    assert (found.done, found.stuck) == (False, "")


def test_a_stable_identity_is_done_when_its_revision_is_everybodys() -> None:
    assert progress(workload("StatefulSet", updateRevision="b", currentRevision="b")).done
    assert not progress(workload("StatefulSet", updateRevision="b", currentRevision="a")).done


def test_nothing_to_run_is_done_at_once() -> None:
    none = {"observedGeneration": 3, "replicas": 0, "updatedReplicas": 0, "availableReplicas": 0}
    assert progress({**workload(), "status": none, "spec": {"replicas": 0}}).done


@pytest.mark.parametrize(
    ("percent", "old", "canaries"), [(10, 2, 1), (10, 18, 2), (50, 2, 2), (50, 1, 1), (90, 3, 3), (1, 0, 1), (25, 6, 2)]
)
def test_shares_by_replicas(percent: int, old: int, canaries: int) -> None:
    """Never fewer than one, and never more than there are old ones."""
    assert canaries_for(percent, old) == canaries


def test_percentages_add_up() -> None:
    assert percentages({1: 1, 2: 2}) == {1: 33, 2: 67}
    assert percentages({1: 1, 2: 1, 3: 1}) == {1: 34, 2: 33, 3: 33}
    assert percentages({}) == {}
