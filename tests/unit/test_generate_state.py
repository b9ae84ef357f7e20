"""Volumes, backing services and jobs as Kubernetes objects."""

from typing import Any

import pytest
from generated_systems import HTTP, PROD, environment_of, made, pod, system

from oneway.generate.validate import flow_faults, schema_faults
from oneway.model import System
from oneway.targets.kubernetes.variants import stamped, task

DB: dict[str, Any] = {
    "service": "db",
    "kind": "backing",
    "build": {"image": "postgres:17"},
    "endpoints": [{"name": "sql", "port": 5432, "protocol": "tcp"}],
    "volumes": [{"name": "data", "path": "/var/lib/postgresql/data", "size": "2Gi"}],
    "connection": {
        "variable": "DATABASE_URL",
        "url": "postgres://shop:${password}@${address}/orders",
        "secret": {"name": "db", "key": "pass.word"},
    },
}
SHOP: dict[str, Any] = {
    "service": "shop",
    "endpoints": [HTTP],
    "calls": [{"to": "db"}],
    "env": {"COST": "$(X)"},
    "before": {"command": ["migrate", "$(HOME)"]},
    "jobs": {"nightly": {"command": ["report"], "schedule": "30 3 * * *", "zone": "Europe/Berlin", "retries": 2}},
}
JOB: dict[str, Any] = {
    "service": "sweep",
    "kind": "job",
    "build": {"image": "sweep:1", "start": ["sweep"]},
    "calls": [{"to": "db"}],
    "jobs": {"a": {"deadline": "90s", "concurrency": "replace"}},
}
WHOLE: System = system(DB, SHOP, JOB)


def test_a_volume_is_a_claim_of_its_own_that_no_release_takes_away() -> None:
    found = made(WHOLE, "db")
    claim = found["PersistentVolumeClaim db-data"]["spec"]
    assert (claim["accessModes"], claim["resources"]) == (["ReadWriteOnce"], {"requests": {"storage": "2Gi"}})
    assert found["StatefulSet"]["spec"]["replicas"] == 1
    assert "Deployment" not in found
    assert {"name": "volume-data", "persistentVolumeClaim": {"claimName": "db-data"}} in pod(found)["volumes"]
    (box,) = pod(found)["containers"]
    assert {"name": "volume-data", "mountPath": "/var/lib/postgresql/data"} in box["volumeMounts"]
    assert box["securityContext"]["readOnlyRootFilesystem"] is True


@pytest.mark.parametrize(("writers", "mode", "kind"), [("one", "Once", "StatefulSet"), ("many", "Many", "Deployment")])
def test_who_may_write(writers: str, mode: str, kind: str) -> None:
    volume = {"name": "files", "path": "/files", "writers": writers}
    found = made(system({"service": "a", "endpoints": [HTTP], "volumes": [volume]}), "a")
    assert found["PersistentVolumeClaim a-files"]["spec"]["accessModes"] == [f"ReadWrite{mode}"]
    assert kind in found
    assert environment_of(found)["FILES_DIR"] == "/files"


def test_a_database_is_told_what_its_callers_are_told() -> None:
    variables = environment_of(made(WHOLE, "db"))
    assert (variables["POSTGRES_USER"], variables["POSTGRES_DB"]) == ("shop", "orders")
    assert variables["POSTGRES_PASSWORD"] == {"secretKeyRef": {"name": "db", "key": "pass.word"}}
    assert variables["PGDATA"] == "/var/lib/postgresql/data/pgdata"
    (box,) = pod(made(WHOLE, "db"))["containers"]
    assert box["readinessProbe"]["exec"]["command"][0] == "pg_isready"


def test_the_password_stands_in_no_object_and_before_what_holds_it() -> None:
    (box,) = pod(made(WHOLE, "shop"))["containers"]
    names = [each["name"] for each in box["env"]]
    variables = {each["name"]: each for each in box["env"]}
    inside = "ONEWAY_PASSWORD_DB_PASS_WORD"
    assert variables["DATABASE_URL"]["value"] == f"postgres://shop:$({inside})@db:5432/orders"
    assert variables[inside]["valueFrom"] == {"secretKeyRef": {"name": "db", "key": "pass.word"}}
    assert names.index(inside) < names.index("DATABASE_URL")
    assert variables["COST"]["value"] == "$$(X)"


def test_a_call_may_name_its_own_variable() -> None:
    caller = {**SHOP, "calls": [{"to": "db", "variable": "PG"}]}
    assert "PG" in environment_of(made(system(DB, caller), "shop"))


def test_in_production_it_is_an_external_with_the_same_connection() -> None:
    away = {**DB, "environments": {"prod": {"connection": {"host": "db.example.com", "port": 6432}}}}
    whole = system(away, SHOP)
    assert "db" not in whole.services
    assert whole.platform.externals["db"].host == "db.example.com"
    found = made(whole, "shop")
    assert environment_of(found)["DATABASE_URL"].endswith("@db.example.com:6432/orders")
    ports = [port["port"] for rule in found["NetworkPolicy"]["spec"]["egress"] for port in rule["ports"]]
    assert 6432 in ports


def test_a_job_is_a_cron_job_that_nobody_reaches() -> None:
    spec = made(WHOLE, "shop")["CronJob shop-nightly"]["spec"]
    assert (spec["schedule"], spec["timeZone"], spec["suspend"]) == ("30 3 * * *", "Europe/Berlin", False)
    assert (spec["concurrencyPolicy"], spec["jobTemplate"]["spec"]["backoffLimit"]) == ("Forbid", 2)
    template = spec["jobTemplate"]["spec"]["template"]
    (box,) = template["spec"]["containers"]
    assert box["command"] == ["report"]
    assert not {"ports", "readinessProbe", "livenessProbe", "startupProbe", "lifecycle"} & box.keys()
    selector = made(WHOLE, "shop")["Service"]["spec"]["selector"]
    assert not selector.items() <= template["metadata"]["labels"].items()


def test_what_runs_by_schedule_alone_has_no_workload_and_can_be_started_by_hand() -> None:
    found = made(WHOLE, "sweep")
    assert not {"Deployment", "StatefulSet", "PodDisruptionBudget"} & found.keys()
    spec = found["CronJob sweep-a"]["spec"]
    assert (spec["suspend"], spec["concurrencyPolicy"]) == (True, "Replace")
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 90


def test_long_names_stay_short_enough_and_apart() -> None:
    jobs = {f"{'n' * 40}-{each}": {"command": ["x"]} for each in ("a", "b")}
    found = made(system({"service": "s" * 50, "kind": "job", "jobs": jobs}), "s" * 50)
    names = [each["metadata"]["name"] for each in found.values() if each["kind"] == "CronJob"]
    assert len(set(names)) == 2
    assert max(map(len, names)) <= 52


@pytest.mark.parametrize("name", ["db", "shop", "sweep"])
def test_everything_is_valid_in_every_version(name: str) -> None:
    assert [fault for each in made(WHOLE, name).values() for fault in schema_faults(each)] == []


def test_a_migration_is_a_job_of_the_releases_own_pod_and_valid() -> None:
    objects = stamped(made(WHOLE, "shop").values(), 7)
    body = task(objects, "shop-before-7", "before", ["migrate", "$(HOME)"], 60, 1)
    assert schema_faults(body) == []
    (box,) = body["spec"]["template"]["spec"]["containers"]
    assert box["command"] == ["migrate", "$$(HOME)"]
    assert {"name": "DATABASE_URL"}.items() <= {each["name"]: each for each in box["env"]}["DATABASE_URL"].items()
    assert body["spec"]["template"]["metadata"]["labels"]["oneway/release"] == "7"


def test_flows_equal_calls_with_jobs_too() -> None:
    documents = [each for name in WHOLE.services for each in made(WHOLE, name).values()]
    assert flow_faults(WHOLE, documents) == []
    open_ends = [each for each in documents if each["kind"] != "NetworkPolicy"]
    assert any("shop/sweep to shop/db" in each for each in flow_faults(WHOLE, open_ends))


def test_the_role_may_do_what_this_needs() -> None:
    from oneway.generate.kubernetes import environment_objects, plain

    role = next(plain(each) for each in environment_objects(system(DB, environments={"prod": PROD}))["role.yaml"][1:2])
    rules = {resource: rule["verbs"] for rule in role["rules"] for resource in rule["resources"]}
    assert "delete" not in rules["persistentvolumeclaims"]
    assert {"create", "delete", "list"} <= set(rules["jobs"])
    assert rules["secrets"] == ["get"]
