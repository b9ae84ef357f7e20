"""Stores, migrations and jobs on the stand-in cluster, deployed by the real engine."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stand_in_cluster import Cluster, StandIn
from stand_in_nodes import Nodes

from oneway.deploy import Context, Done, Result, make_plan, run, stop
from oneway.generate import Images
from oneway.generate.validate import schema_faults
from oneway.manifest import load
from oneway.model import System
from oneway.targets.base import MachineClock, RunState, State, Task
from oneway.targets.kubernetes import KubernetesSite, Sources
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect

SHOP = Path(__file__).resolve().parents[1] / "examples" / "shop" / "manifests"
PLATFORM = """apiVersion: oneway/v1
platform: trial
owners: {ann: {name: Ann, email: ann@example.org}}
domains: {all: {}}
environments: {prod: {target: kubernetes, context: test, namespace: test}}
"""
ROLLOUT = {"bake": "500ms", "within": "2m", "interval": "300ms"}


def system(**services: dict[str, Any]) -> System:
    files = [("manifests/platform.yaml", PLATFORM.encode())]
    for name, fields in services.items():
        common = {"apiVersion": "oneway/v1", "service": name, "version": "1.0.0", "owner": "ann", "domain": "all"}
        body = {**common, "rollout": ROLLOUT, **fields}
        files.append((f"manifests/{name}.yaml", json.dumps(body).encode()))
    loaded = load(files, "prod")
    assert not loaded.findings, loaded.findings
    return loaded.system


def app(version: str = "1.0.0", **fields: Any) -> dict[str, Any]:
    start = ["python3", "echo.py", "good", version, "8080"]
    body = {
        "version": version,
        "build": {"image": "registry.example.com/app:1", "start": start},
        "endpoints": [{"name": "http", "port": 8080}],
        "health": {"ready": "/readyz", "live": "/livez"},
        "smoke": [{"name": "answers", "request": {"path": "/v"}}],
    }
    return body | fields


def store(version: str = "1.0.0") -> dict[str, Any]:
    return {
        "kind": "backing",
        "version": version,
        "build": {"image": "postgres:17"},
        "endpoints": [{"name": "sql", "port": 5432, "protocol": "tcp"}],
        "volumes": [{"name": "data", "path": "/data"}],
        "connection": {
            "variable": "DATABASE_URL",
            "url": "postgres://a:${password}@${address}/a",
            "secret": {"name": "db", "key": "password"},
        },
    }


class Machine:
    """Deploys at the stand-in, and notes the largest number of pods of a service that lived at once."""

    def __init__(self, cluster: Cluster, api: Api) -> None:
        self.cluster, self.api = cluster, api
        self.said: list[str] = []

    def site(self, whole: System) -> KubernetesSite:
        return KubernetesSite(self.api, Sources(whole, Images(), lambda path: b""))

    def context(self, whole: System) -> Context:
        tell = self.said.append
        return Context(self.site(whole), self.api.clock, lambda each: tell(each.text), lambda _: b"", "ann")

    def deploy(self, whole: System, *names: str, again: bool = False) -> dict[str, Result]:
        context = self.context(whole)
        plan = make_plan(context, whole, names, lambda spec: f"content-{spec.version}", again=again)
        assert not plan.refusals, plan.refusals
        return {each.service: each for each in run(context, plan.actions, 1)}

    def names(self, plural: str) -> list[str]:
        return [each["metadata"]["name"] for each in self.cluster.all(plural)]


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    cluster = Cluster()
    with Nodes(cluster).running():
        server = StandIn(cluster)
        config = tmp_path / "kubeconfig"
        config.write_text(server.kubeconfig())
        yield Machine(cluster, Api(connect("test", "prod", str(config)), "test", Fast()))
        server.stop()


class Fast(MachineClock):
    """Ten times as fast as the machine's."""

    def monotonic(self) -> float:
        return super().monotonic() * 10

    def sleep(self, seconds: float) -> None:
        super().sleep(seconds / 10)


def test_a_store_is_replaced_in_place_and_its_claim_stays(machine: Machine) -> None:
    assert machine.deploy(system(db=store(), web=app(calls=[{"to": "db"}])), "db", "web")["web"].done is Done.LIVE
    (claim,) = machine.cluster.all("persistentvolumeclaims")
    history = len(machine.cluster.history)
    second = system(db=store("2.0.0"), web=app(calls=[{"to": "db"}]))
    assert machine.deploy(second, "db")["db"].done is Done.LIVE
    (after,) = machine.cluster.all("persistentvolumeclaims")
    assert after["metadata"]["uid"] == claim["metadata"]["uid"]
    assert not [name for name in machine.names("statefulsets") if name.endswith("-canary")]
    assert most_at_once(machine, "db", history) == 1
    assert any("stops first" in text for text in machine.said)
    stop(machine.context(second), "db")
    assert machine.names("persistentvolumeclaims") == ["db-data"]
    assert "db" not in machine.names("statefulsets")


def most_at_once(machine: Machine, service: str, since: int) -> int:
    """The most pods of the service that were there at one time, by the history of the cluster."""
    there: set[str] = set()
    most = 0
    for _, plural, event, body in machine.cluster.history[since:]:
        labels = body["metadata"].get("labels") or {}
        if plural == "pods" and labels.get("app.kubernetes.io/name") == service and "oneway/task" not in labels:
            (there.discard if event == "DELETED" else there.add)(body["metadata"]["name"])
            most = max(most, len(there))
    return most


@pytest.mark.parametrize(("command", "done", "state"), [("works", Done.LIVE, State.LIVE), ("fail", Done.FAILED, None)])
def test_a_migration_is_a_job_that_runs_once_before_anything_else(
    machine: Machine, command: str, done: Done, state: State | None
) -> None:
    assert machine.deploy(system(web=app()), "web")["web"].done is Done.LIVE
    second = system(web=app("2.0.0", before={"command": ["migrate", command], "within": "60s"}))
    result = machine.deploy(second, "web")["web"]
    assert result.done is done, result.reason
    assert result.release is not None
    assert result.release.state is (state or State.ROLLED_BACK)
    (job,) = machine.cluster.all("jobs")
    assert schema_faults({key: job[key] for key in ("apiVersion", "kind", "spec")} | {"metadata": {"name": "x"}}) == []
    if done is Done.FAILED:
        assert "`before` failed" in result.reason
        assert any("the table is locked" in line for line in result.release.evidence.checks)
        running = [each for each in machine.cluster.all("pods") if "oneway/task" not in each["metadata"]["labels"]]
        assert {each["metadata"]["labels"]["oneway/release"] for each in running} == {"1"}


def test_a_job_is_tried_scheduled_run_by_hand_and_removed(machine: Machine) -> None:
    def nightly(version: str, trial: str) -> System:
        build = {"image": "registry.example.com/n:1", "start": ["n"]}
        jobs = {"report": {"command": ["n", "report"], "schedule": "30 3 * * *"}, "fix": {"command": ["n", "fail"]}}
        body = {"kind": "job", "version": version, "build": build, "jobs": jobs, "health": {"command": ["n", trial]}}
        return system(nightly=body)

    first = nightly("1.0.0", "try")
    assert machine.deploy(first, "nightly")["nightly"].done is Done.LIVE
    assert machine.names("cronjobs") == ["nightly-fix", "nightly-report"]
    assert machine.names("deployments") == machine.names("statefulsets") == []
    broken = machine.deploy(nightly("2.0.0", "fail"), "nightly")["nightly"]
    assert broken.done is Done.FAILED
    report = machine.cluster.get("cronjobs", "nightly-report")
    assert report is not None
    assert report["spec"]["jobTemplate"]["metadata"]["labels"]["oneway/release"] == "1"
    site = machine.site(first)
    release = site.records.releases("nightly")[-1]
    for name, state in (("report", RunState.PASSED), ("fix", RunState.FAILED)):
        task = Task(release, name, release.spec.command_of(release.spec.jobs[name]), 60.0, f"hand-{name}", by="ann")
        site.tasks.start(task)
        site.tasks.start(task)
        while (found := site.tasks.look(task)).state is RunState.RUNNING:
            machine.api.clock.sleep(0.2)
        assert (found.state, found.by) == (state, "ann")
    assert {each.job for each in site.tasks.runs("nightly")} == {"trial", "report", "fix"}
    stop(machine.context(first), "nightly")
    assert machine.names("cronjobs") == []


def test_everything_of_the_example_is_taken_by_the_api_server_and_valid(machine: Machine) -> None:
    """For tests with its stores, in production with them elsewhere."""
    from oneway.generate import objects, survey

    files = [(f"manifests/{file.name}", file.read_bytes()) for file in sorted(SHOP.glob("*.yaml"))]
    kinds: dict[str, set[str]] = {}
    for environment in ("test", "prod"):
        loaded = load(files, environment)
        assert not loaded.findings
        for service in loaded.system.services.values():
            for body in objects(survey(loaded.system), service, f"{service.name}@sha256:{'0' * 64}"):
                assert schema_faults(body) == []
                machine.api.apply(body)
                kinds.setdefault(environment, set()).add(f"{body['kind']} {body['metadata']['name']}")
    assert "StatefulSet orders-db" in kinds["test"]
    assert "StatefulSet orders-db" not in kinds["prod"]
    assert "CronJob nightly-report" in kinds["prod"]
