"""The real engine on the stand-in: the old version serves, whatever the new one does, and nothing is left over."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cluster_trial import Client, Recipe, Trial, system
from stand_in_cluster import Cluster, Fault, Refusal, StandIn
from stand_in_nodes import Nodes

from oneway.application.compare_cluster import live_differences
from oneway.deploy import Done, Event, EventKind, bring_up, live, stop, unfinished
from oneway.errors import OnewayError
from oneway.targets.base import Holder, MachineClock, Placement, State
from oneway.targets.kubernetes.answers import FieldConflict
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect

SECOND = Recipe(version="2.0.0")


PACE = 5
"""The trial's clock runs so many times as fast as the real one."""


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Cluster:
    """A cluster in which version 1 of echo serves, and front calls it."""
    cluster = Cluster()
    with Nodes(cluster).running():
        server = StandIn(cluster)
        _machine(server, tmp_path_factory.mktemp("first"), "ann@here").must(Recipe(), "echo", "front")
        server.stop()
    return cluster


@pytest.fixture
def cluster(request: pytest.FixtureRequest, deployed: Cluster) -> Cluster:
    return Cluster() if request.node.get_closest_marker("empty") else deployed.copy()


@pytest.fixture
def nodes(cluster: Cluster) -> Iterator[Nodes]:
    with Nodes(cluster).running() as found:
        yield found


@pytest.fixture
def server(cluster: Cluster, nodes: Nodes) -> Iterator[StandIn]:
    found = StandIn(cluster)
    yield found
    found.stop()


@pytest.fixture
def machine(server: StandIn, tmp_path: Path) -> Callable[[str], Trial]:
    """Makes one more machine that deploys to the cluster."""

    return lambda who: _machine(server, tmp_path, who)


def _machine(server: StandIn, folder: Path, who: str) -> Trial:
    config = folder / "config"
    config.write_text(server.kubeconfig())
    clock = MachineClock(monotonic=lambda: time.monotonic() * PACE, sleep=lambda seconds: time.sleep(seconds / PACE))
    return Trial(Api(connect("test", "prod", str(config)), "test", clock), who)


@pytest.fixture
def ann(machine: Callable[[str], Trial]) -> Trial:
    return machine("ann@here")


def users(cluster: Cluster, nodes: Nodes) -> Client:
    """Each request goes to the next pod that the Service names at that moment."""
    turn = iter(range(10**9))

    def ask() -> dict[str, Any]:
        slices = cluster.get("endpointslices", "echo-slice") or {"endpoints": []}
        pods = [each["targetRef"]["name"] for each in slices["endpoints"]]
        if not pods:
            raise OSError("the Service has no endpoint")
        status, _, body = nodes.serve(pods[next(turn) % len(pods)], "GET", 8080, "/v", b"", {})
        if status != 200:
            raise OSError(f"status {status}")
        found: dict[str, Any] = json.loads(body)
        return found

    return Client(ask)


def test_a_good_version_takes_over_without_a_lost_request(cluster: Cluster, nodes: Nodes, ann: Trial) -> None:
    with users(cluster, nodes) as client:
        ann.must(SECOND)
    assert client.count > 50
    assert client.wrong == []
    assert client.versions == {"1.0.0", "2.0.0"}
    assert ann.site(SECOND).serving("echo") == {2: 100}
    assert [each["metadata"]["name"] for each in cluster.all("deployments")] == ["echo", "front"]
    assert [each["metadata"]["name"] for each in cluster.all("services")] == ["echo", "front"]


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        ("crash", "it crashes again and again (CrashLoopBackOff): last it exited with status 7"),
        ("unready", "echo is not ready within 1s: runs, but its readiness check has never passed"),
        ("wrong", "echo's check failed: answers: answer: expected 42, got 41"),
        ("breaking", "front would break: front's check failed: knows the format: echo.format: expected 1, got 2"),
        ("flap", "exited with status 9 and was started again, "),
        (
            "noimage",
            'its image cannot be pulled (ImagePullBackOff): Back-off pulling image "registry.example.com/nothing:9"',
        ),
    ],
)
def test_a_bad_version_is_taken_back_with_its_reason(
    mode: str, reason: str, cluster: Cluster, nodes: Nodes, ann: Trial
) -> None:
    bad = replace(SECOND, mode=mode, startup="1s" if mode == "unready" else "30s")
    if mode == "noimage":
        bad = replace(bad, image="registry.example.com/nothing:9")
    with users(cluster, nodes) as client:
        result = ann.deploy(bad)["echo"]
    assert result.done is Done.FAILED
    assert reason in result.reason
    assert "\n" not in result.reason
    assert client.wrong == []
    assert client.versions == {"1.0.0"} or (mode == "flap" and client.versions == {"1.0.0", "2.0.0"})
    assert ann.site(bad).serving("echo") == {1: 100}
    assert [each["metadata"]["name"] for each in cluster.all("deployments")] == ["echo", "front"]
    record = ann.site(bad).records.releases("echo")[0]
    assert record.state is State.ROLLED_BACK
    if mode == "crash":
        assert any("CrashLoopBackOff" in each for each in record.evidence.events)
        assert any("boom: no database" in each for each in record.evidence.logs)


@pytest.mark.empty
def test_a_first_release_that_fails_is_removed(cluster: Cluster, ann: Trial) -> None:
    assert ann.deploy(Recipe(mode="wrong"))["echo"].done is Done.FAILED
    for plural in ("deployments", "services", "pods", "serviceaccounts", "poddisruptionbudgets"):
        assert cluster.all(plural) == [], plural


@pytest.mark.parametrize("step", ["ready", "shift 50%", "shift 100%", "retire"])
def test_another_machine_carries_on_after_a_kill(
    step: str, cluster: Cluster, nodes: Nodes, machine: Callable[[str], Trial]
) -> None:
    """The first machine dies as the step begins: it neither puts anything back nor gives its lock back."""
    ann, bob = machine("ann@here"), machine("bob@there")

    class Dead(BaseException):
        pass

    def die(event: Event) -> None:
        if event.kind is EventKind.BEGIN and event.step == step:
            raise Dead

    ann.hear = die
    with users(cluster, nodes) as client:
        with pytest.raises(Dead):
            ann.deploy(SECOND)
        assert unfinished(bob.context(SECOND), "echo") is not None
        bob.must(SECOND)
    assert client.wrong == []
    assert bob.site(SECOND).serving("echo") == {2: 100}
    current = live(bob.site(SECOND).records.releases("echo"))
    assert current is not None
    assert current.version == "2.0.0"
    assert (
        len([each for each in cluster.all("pods") if each["metadata"]["labels"]["app.kubernetes.io/name"] == "echo"])
        == 2
    )


def test_an_api_server_that_restarts_in_the_middle_is_waited_for(
    cluster: Cluster, nodes: Nodes, server: StandIn, ann: Trial
) -> None:

    def restart(event: Event) -> None:
        if event.kind is EventKind.BEGIN and event.step in ("ready", "shift 100%", "retire"):
            server.stop()
            cluster.forget()
            threading.Timer(0.7, server.start).start()

    ann.hear = restart
    with users(cluster, nodes) as client:
        ann.must(SECOND)
    assert client.wrong == []
    assert ann.site(SECOND).serving("echo") == {2: 100}


def test_two_deploys_at_once_are_one(machine: Callable[[str], Trial]) -> None:
    ann, bob = machine("ann@here"), machine("bob@there")
    with ann.site(Recipe()).records.lock("echo", Holder("ann@here", 1.0)):
        result = bob.deploy(SECOND)["echo"]
    assert result.done is Done.REFUSED
    assert "ann@here" in result.reason


def test_a_foreign_field_manager_is_named_and_nothing_is_forced(cluster: Cluster, ann: Trial) -> None:
    foreign = {
        "apiVersion": "v1",
        "kind": "ServiceAccount",
        "metadata": {"name": "echo", "labels": {"owner": "gitops"}},
    }
    ann.api.apply(foreign, "argocd", force=True)
    result = ann.deploy(SECOND)["echo"]
    assert result.done is Done.FAILED
    assert "apply ServiceAccount echo" in result.reason
    assert "argocd owns .metadata.labels.owner" in result.reason
    record = ann.site(SECOND).records.releases("echo")[0]
    assert record.state is State.INTERRUPTED, "nothing was judged"
    assert ann.site(SECOND).serving("echo") == {1: 100}
    assert [each["metadata"]["name"] for each in cluster.all("deployments")] == ["echo", "front"]
    account = cluster.get("serviceaccounts", "echo")
    assert account is not None
    assert account["metadata"]["labels"]["owner"] == "gitops"
    assert not any(
        query.get("force") == "true" and "/configmaps/" not in path
        for method, path, query in cluster.requests
        if method == "PATCH" and query.get("fieldManager") == "platform"
    )


def test_a_missing_verb_is_named_before_anything_is_touched(cluster: Cluster, ann: Trial) -> None:
    cluster.denied |= {("patch", "deployments"), ("watch", "deployments")}
    with pytest.raises(OnewayError, match=r"may not, in namespace test: patch, watch deployments\.apps"):
        ann.site(Recipe()).require()
    result = ann.deploy(SECOND)["echo"]
    assert result.done is Done.FAILED
    assert "alice may not patch deployments.apps in namespace" in result.reason


@pytest.mark.empty
def test_the_autoscaler_keeps_its_replicas(cluster: Cluster, nodes: Nodes, ann: Trial) -> None:
    """From fixed replicas to an autoscaler and back: the number never falls in between."""
    ann.must(replace(Recipe(), echo="replicas: 3"))
    seen: list[int] = []

    def note(event: Event) -> None:
        workload = cluster.get("deployments", "echo")
        seen.append(workload["spec"]["replicas"] if workload else 0)

    ann.hear = note
    ann.must(replace(SECOND, echo="scale: {min: 3, max: 6, cpu: 70}"))
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    assert workload["spec"]["replicas"] == 3
    assert min(seen) == 3
    ann.must(replace(Recipe(version="3.0.0"), echo="replicas: 4"))
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    assert workload["spec"]["replicas"] == 4
    assert cluster.all("horizontalpodautoscalers") == []


@pytest.mark.empty
def test_a_new_service_with_an_autoscaler_starts_with_its_least(cluster: Cluster, ann: Trial) -> None:
    ann.must(replace(Recipe(), echo="scale: {min: 2, max: 6, cpu: 70}"))
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    assert workload["spec"]["replicas"] == 2


@pytest.mark.empty
def test_a_stable_identity_is_kept_and_the_canary_has_another(cluster: Cluster, nodes: Nodes, ann: Trial) -> None:
    ann.must(replace(Recipe(), identity="stable"))
    seen: set[str] = set()
    ann.hear = lambda _: seen.update(str(each["metadata"]["name"]) for each in cluster.all("pods"))
    with users(cluster, nodes) as client:
        ann.must(replace(SECOND, identity="stable"))
    assert client.wrong == []
    assert {"echo-0", "echo-1", "echo-canary-1000", "echo-canary-1001"} <= seen
    assert [each["metadata"]["name"] for each in cluster.all("statefulsets")] == ["echo"]


@pytest.mark.empty
def test_what_a_service_no_longer_has_is_removed(cluster: Cluster, ann: Trial) -> None:
    ann.must(replace(Recipe(), echo="scale: {min: 2, max: 6, cpu: 70}"))
    ann.must(SECOND)
    assert cluster.all("horizontalpodautoscalers") == []
    stop(ann.context(SECOND), "echo")
    names = {
        plural: [each["metadata"]["name"] for each in cluster.all(plural)]
        for plural in ("deployments", "services", "pods", "poddisruptionbudgets", "serviceaccounts")
    }
    assert names == {plural: [] for plural in names}
    assert ann.site(SECOND).records.releases("echo")[0].state is State.STOPPED


def test_healing_brings_back_what_somebody_deleted(cluster: Cluster, ann: Trial) -> None:
    cluster.drop("services", "echo")
    cluster.drop("deployments", "echo")
    assert bring_up(ann.context(Recipe()), "echo") == "1.0.0 serves"
    assert ann.site(Recipe()).serving("echo") == {1: 100}


def test_what_stopped_an_earlier_attempt_is_no_reason_yet(cluster: Cluster, nodes: Nodes, ann: Trial) -> None:
    """A Deployment keeps saying that it made no progress until it makes some."""
    nodes.frozen = True
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    stuck = {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded", "message": "timed out"}
    workload["status"] = {**workload["status"], "availableReplicas": 1, "conditions": [stuck]}
    cluster.store("deployments", workload)

    def thaw() -> None:
        nodes.frozen = False

    site = ann.site(Recipe())
    threading.Timer(0.5, thaw).start()
    with site.records.lock("echo", Holder("ann@here", 1.0)):
        site.settle("echo", site.records.releases("echo")[0])
    assert site.serving("echo") == {1: 100}


def test_differences_are_of_our_own_fields_only(cluster: Cluster, ann: Trial) -> None:
    site = ann.site(replace(SECOND, echo="replicas: 3"))
    plan_release = replace_spec(ann, site)
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    workload["spec"]["template"]["spec"]["schedulerName"] = "theirs"
    cluster.store("deployments", workload)
    lines = site.differences(plan_release, None)
    assert "~ Deployment echo: spec.replicas: 2 → 3" in lines
    assert any("command" in each and "2.0.0" in each for each in lines)
    assert not any("schedulerName" in each or "oneway/release" in each for each in lines)


def test_drift_of_the_cluster_is_told_in_our_own_fields(cluster: Cluster, ann: Trial) -> None:
    site, declared = ann.site(Recipe()), system(Recipe())
    assert live_differences(declared, site) == {}
    workload = cluster.get("deployments", "echo")
    assert workload is not None
    workload["spec"]["replicas"] = 7
    workload["spec"]["template"]["spec"]["schedulerName"] = "theirs"
    cluster.store("deployments", workload)
    assert live_differences(declared, site) == {"echo": ("~ Deployment echo: spec.replicas: 7 → 2",)}
    changed = system(replace(SECOND, echo="replicas: 3"))
    assert live_differences(changed, site) == {"echo": ("~ Deployment echo: spec.replicas: 7 → 2",)}


def replace_spec(ann: Trial, site: Any) -> Any:
    from msgspec.structs import replace as changed

    release = ann.site(Recipe()).records.releases("echo")[0]
    return changed(release, spec=site._sources.system.services["echo"], version="2.0.0", material={})


def test_evidence_never_shows_a_secret(cluster: Cluster, ann: Trial) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "keys"},
        "data": {"key": "aHVudGVyMi1odW50ZXI="},
    }
    cluster.store("secrets", secret)
    recipe = replace(Recipe(), echo="replicas: 2\nsecrets: {KEY: {name: keys, key: key}}")
    site = ann.site(recipe)
    release = ann.site(Recipe()).records.releases("echo")[0]
    from msgspec.structs import replace as changed

    release = changed(release, spec=site._sources.system.services["echo"])
    for pod in cluster.all("pods"):
        cluster.logs[pod["metadata"]["name"]] = ["connecting with hunter2-hunter"]
    evidence = site.evidence(Placement(release))
    assert any("connecting with •••" in each for each in evidence.logs)
    assert "hunter2" not in str(evidence)


def test_busy_answers_are_retried_and_conflicts_are_not(cluster: Cluster, ann: Trial) -> None:
    cluster.faults.append(Fault("PATCH", "/deployments/", 2, Refusal(429, "TooManyRequests", "slow down", after=1)))
    cluster.faults.append(Fault("GET", "/pods", 2))
    ann.must(SECOND)
    foreign = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "echo"},
        "spec": {"minReadySeconds": 77},
    }
    with pytest.raises(FieldConflict):
        ann.api.apply(foreign, "somebody")
    assert sum(1 for method, path, query in cluster.requests if query.get("fieldManager") == "somebody") == 1
