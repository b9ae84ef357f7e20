import base64
import json
from typing import Any

import pytest
from generated_systems import HTTP, PROD, environment_of, made, pod, system

from oneway.errors import OnewayError
from oneway.generate import survey
from oneway.generate.kubernetes import environment_objects, plain


def test_a_range_of_replicas_has_an_autoscaler_and_no_fixed_number() -> None:
    found = made(system({"service": "a", "endpoints": [HTTP], "scale": {"min": 2, "max": 5, "cpu": 60}}), "a")
    assert "replicas" not in found["Deployment"]["spec"]
    spec = found["HorizontalPodAutoscaler"]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 5)
    assert spec["metrics"][0]["resource"]["target"] == {"type": "Utilization", "averageUtilization": 60}


@pytest.mark.parametrize(
    ("fields", "replicas"),
    [({}, 1), ({"replicas": 3}, 3), ({"replicas": 0}, 0), ({"scale": {"min": 4, "max": 4}}, 4)],
)
def test_a_fixed_number_of_replicas_has_no_autoscaler(fields: dict[str, Any], replicas: int) -> None:
    found = made(system({"service": "a", "endpoints": [HTTP], **fields}), "a")
    assert found["Deployment"]["spec"]["replicas"] == replicas
    assert "HorizontalPodAutoscaler" not in found


def test_a_stable_identity_is_a_stateful_set_that_knows_its_number() -> None:
    whole = system({"service": "a", "endpoints": [HTTP], "identity": "stable", "scale": {"min": 2, "max": 4}})
    found = made(whole, "a")
    assert found["StatefulSet"]["spec"]["serviceName"] == "a-pods"
    assert found["Service a-pods"]["spec"]["clusterIP"] == "None"
    assert found["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["kind"] == "StatefulSet"
    path = "metadata.labels['apps.kubernetes.io/pod-index']"
    assert environment_of(found)["ONEWAY_INSTANCE"] == {"fieldRef": {"fieldPath": path}}


def test_prometheus_finds_a_stable_service_once() -> None:
    prod = {**PROD, "service_monitor": True}
    whole = system({"service": "a", "endpoints": [HTTP], "identity": "stable"}, environments={"prod": prod})
    found = made(whole, "a")
    wanted = found["ServiceMonitor"]["spec"]["selector"]["matchLabels"].items()
    services = [each for key, each in found.items() if key.startswith("Service") and each["kind"] == "Service"]
    assert [each["metadata"]["name"] for each in services if wanted <= each["metadata"]["labels"].items()] == ["a"]


def test_the_service_does_not_select_a_canary() -> None:
    found = made(system({"service": "a", "endpoints": [HTTP]}), "a")
    pods = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    canary = {**pods, "app.kubernetes.io/instance": "a-canary"}
    assert found["Service"]["spec"]["selector"].items() <= pods.items()
    for selector in (
        found["Service"]["spec"]["selector"],
        found["Deployment"]["spec"]["selector"]["matchLabels"],
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
    ):
        assert not selector.items() <= canary.items()
    assert found["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"].items() <= canary.items()


def test_variables_tell_the_replica_who_it_is_and_cannot_be_overridden() -> None:
    whole = system(
        {
            "service": "a",
            "endpoints": [HTTP],
            "env": {"PORT": "1", "ONEWAY_SERVICE": "b", "X": "y"},
            "calls": [{"to": "b"}],
        },
        {"service": "b", "endpoints": [{"name": "http", "port": 9000}]},
    )
    variables = environment_of(made(whole, "a"))
    calls = json.loads(variables.pop("ONEWAY_CALLS"))
    assert calls == {"b": {"url": "http://b:9000", "timeout_ms": 1000, "retries": 0, "required": True}}
    assert variables == {
        "B_URL": "http://b:9000",
        "HOST": "0.0.0.0",
        "ONEWAY_ENVIRONMENT": "prod",
        "ONEWAY_SERVICE": "a",
        "ONEWAY_VERSION": "1.0.0",
        "PORT": "8080",
        "X": "y",
    }


def test_a_secret_is_a_reference() -> None:
    found = made(system({"service": "a", "endpoints": [HTTP], "secrets": {"KEY": {"name": "keys", "key": "k"}}}), "a")
    assert environment_of(found)["KEY"] == {"secretKeyRef": {"name": "keys", "key": "k"}}
    assert "Secret" not in found


def test_other_content_is_another_config_map_and_another_pod() -> None:
    whole = system({"service": "a", "endpoints": [HTTP], "config": {"a.toml": "conf/a.toml", "b.bin": "conf/b.bin"}})
    first = made(whole, "a", {"conf/a.toml": b"x = 1\n", "conf/b.bin": b"\xff\x00"})
    second = made(whole, "a", {"conf/a.toml": b"x = 2\n", "conf/b.bin": b"\xff\x00"})
    (one,), (two,) = ([each for each in found.values() if each["kind"] == "ConfigMap"] for found in (first, second))
    assert one["data"] == {"a.toml": "x = 1\n"}
    assert base64.b64decode(one["binaryData"]["b.bin"]) == b"\xff\x00"
    assert one["immutable"] is True
    assert one["metadata"]["name"] != two["metadata"]["name"]
    assert first["Deployment"]["spec"]["template"] != second["Deployment"]["spec"]["template"]
    assert pod(first)["volumes"][1]["configMap"]["name"] == one["metadata"]["name"]
    assert pod(first)["containers"][0]["volumeMounts"][1] == {
        "name": "config",
        "mountPath": environment_of(first)["ONEWAY_CONFIG"],
        "readOnly": True,
    }


def test_a_missing_or_huge_config_file_is_refused_with_its_name() -> None:
    whole = system({"service": "a", "config": {"a.toml": "conf/a.toml"}})
    with pytest.raises(OnewayError, match=r"a wants the file conf/a\.toml as a\.toml, but there is none"):
        made(whole, "a")
    with pytest.raises(OnewayError, match=r"more than 1,000,000 bytes"):
        made(whole, "a", {"conf/a.toml": b"x" * 1_000_001})


@pytest.mark.parametrize(
    ("resources", "memory"),
    [
        ({}, ("128Mi", "128Mi")),
        ({"memory": "1Gi"}, ("1Gi", "1Gi")),
        ({"limits": {"memory": "64Mi"}}, ("64Mi", "64Mi")),
        ({"limits": {"memory": "1Gi"}}, ("128Mi", "1Gi")),
        ({"memory": "256Mi", "limits": {"memory": "1Gi"}}, ("256Mi", "1Gi")),
    ],
)
def test_every_amount_is_requested_and_limited(resources: dict[str, Any], memory: tuple[str, str]) -> None:
    amounts = pod(made(system({"service": "a", "resources": resources}), "a"))["containers"][0]["resources"]
    assert (amounts["requests"]["memory"], amounts["limits"]["memory"]) == memory
    assert amounts["requests"].keys() == amounts["limits"].keys() == {"cpu", "memory", "ephemeral-storage"}


def _http(path: str) -> dict[str, Any]:
    return {"httpGet": {"path": path, "port": "http"}}


def _tcp(port: str) -> dict[str, Any]:
    return {"tcpSocket": {"port": port}}


@pytest.mark.parametrize(
    ("endpoint", "health", "ready", "live"),
    [
        (HTTP, {"ready": "/r", "live": "/l"}, _http("/r"), _http("/l")),
        (HTTP, {"ready": "/r"}, _http("/r"), _tcp("http")),
        (HTTP, {}, _tcp("http"), _tcp("http")),
        ({"name": "rpc", "port": 7, "protocol": "grpc"}, {}, {"grpc": {"port": 7}}, {"grpc": {"port": 7}}),
        ({"name": "db", "port": 7, "protocol": "tcp"}, {}, _tcp("db"), _tcp("db")),
        ({"name": "dns", "port": 53, "protocol": "udp"}, {}, None, None),
    ],
)
def test_probes_ask_what_the_protocol_can_answer(
    endpoint: dict[str, Any], health: dict[str, Any], ready: dict[str, Any] | None, live: dict[str, Any] | None
) -> None:
    container = pod(made(system({"service": "a", "endpoints": [endpoint], "health": health}), "a"))["containers"][0]
    for probe, wanted in (("readinessProbe", ready), ("livenessProbe", live), ("startupProbe", ready)):
        found = container.get(probe)
        assert (found is None) == (wanted is None)
        assert wanted is None or wanted.items() <= found.items()


def test_a_slow_start_has_its_time_before_anything_gives_up() -> None:
    found = made(system({"service": "a", "endpoints": [HTTP], "health": {"startup": {"within": "121s"}}}), "a")
    probe = pod(found)["containers"][0]["startupProbe"]
    assert probe["periodSeconds"] * probe["failureThreshold"] >= 121
    assert found["Deployment"]["spec"]["progressDeadlineSeconds"] > 121 + found["Deployment"]["spec"]["minReadySeconds"]


def test_long_port_names_are_shortened_and_stay_apart() -> None:
    names = ["administration-one", "administration-two"]
    endpoints = [{"name": name, "port": 9000 + index} for index, name in enumerate(names)]
    found = made(system({"service": "a", "endpoints": endpoints}), "a")
    ports = [each["name"] for each in pod(found)["containers"][0]["ports"]]
    assert len(set(ports)) == 2
    assert max(map(len, ports)) <= 15
    assert [each["targetPort"] for each in found["Service"]["spec"]["ports"]] == ports


def test_the_only_public_endpoint_has_the_host_and_several_have_names_below_it() -> None:
    prod = {"prod": {**PROD, "host": "shop.example.com", "ingress_class": "nginx"}}
    public = {"name": "http", "port": 8080, "public": True}
    alone = made(system({"service": "a", "endpoints": [public]}, environments=prod), "a")
    assert alone["Ingress"]["spec"]["rules"][0]["host"] == "shop.example.com"
    assert alone["Ingress"]["spec"]["tls"] == [{"hosts": ["shop.example.com"], "secretName": "a-tls"}]
    assert alone["Ingress"]["spec"]["ingressClassName"] == "nginx"
    two = system({"service": "a", "endpoints": [public]}, {"service": "b", "endpoints": [public]}, environments=prod)
    assert [made(two, name)["Ingress"]["spec"]["rules"][0]["host"] for name in "ab"] == [
        "a.shop.example.com",
        "b.shop.example.com",
    ]


def test_gateway_routes_need_a_gateway() -> None:
    prod = {"prod": {**PROD, "host": "shop.example.com", "routes": "gateway"}}
    public = {"name": "http", "port": 8080, "public": True}
    with pytest.raises(OnewayError, match="environment prod wants routes of the Gateway API, but names no gateway"):
        made(system({"service": "a", "endpoints": [public]}, environments=prod), "a")


@pytest.mark.parametrize("taken", ["a-canary", "a-pods", "a-http", "default-deny", "platform-deployer"])
def test_two_objects_never_get_one_name(taken: str) -> None:
    public = {"name": "http", "port": 8080, "public": True}
    whole = system({"service": "a", "identity": "stable", "endpoints": [public]}, {"service": taken})
    with pytest.raises(OnewayError, match=taken):
        survey(whole)


def test_secrets_are_readable_by_name_only() -> None:
    whole = system({"service": "a", "secrets": {"KEY": {"name": "keys", "key": "k"}}})
    (role,) = [plain(each) for each in environment_objects(whole)["role.yaml"] if each.kind == "Role"]
    rules = [each for each in role["rules"] if "secrets" in each["resources"]]
    assert rules == [{"apiGroups": [""], "resources": ["secrets"], "resourceNames": ["keys"], "verbs": ["get"]}]
    assert not any("*" in each["verbs"] + each["resources"] + each["apiGroups"] for each in role["rules"])


def _leads(made_objects: dict[str, Any]) -> dict[str, int]:
    """Each path of the public route, and the number of the Service's port behind it."""
    numbers = {each["name"]: each["port"] for each in made_objects["Service"]["spec"]["ports"]}
    if "Ingress" in made_objects:
        paths = made_objects["Ingress"]["spec"]["rules"][0]["http"]["paths"]
        return {each["path"]: numbers[each["backend"]["service"]["port"]["name"]] for each in paths}
    rules = made_objects["HTTPRoute"]["spec"]["rules"]
    return {each["matches"][0]["path"]["value"]: each["backendRefs"][0]["port"] for each in rules}


@pytest.mark.parametrize("routes", [{"routes": "ingress"}, {"routes": "gateway", "gateway": "infra/public"}])
@pytest.mark.parametrize("port", [8080, 9])
def test_metrics_do_not_lie_at_the_public_door(routes: dict[str, str], port: int) -> None:
    prod = {"prod": {**PROD, "host": "shop.example.com", **routes}}
    found = made(
        system({"service": "a", "endpoints": [{"name": "http", "port": port, "public": True}]}, environments=prod), "a"
    )
    leads = _leads(found)
    assert leads["/"] == port
    closed = leads["/metrics"]
    assert closed not in [each["containerPort"] for each in pod(found)["containers"][0]["ports"]]
    opened = [each["port"] for rule in found["NetworkPolicy"]["spec"]["ingress"] for each in rule.get("ports", ())]
    assert closed not in opened


def test_a_service_that_is_not_public_has_no_closed_port() -> None:
    prod = {"prod": {**PROD, "host": "shop.example.com"}}
    inner = made(system({"service": "a", "endpoints": [{"name": "http", "port": 80}]}, environments=prod), "a")
    hostless = made(system({"service": "a", "endpoints": [{"name": "http", "port": 80, "public": True}]}), "a")
    for each in (inner, hostless):
        assert [port["port"] for port in each["Service"]["spec"]["ports"]] == [80]
        assert "ONEWAY_TRUSTED_PROXIES" not in {variable["name"] for variable in pod(each)["containers"][0]["env"]}


@pytest.mark.parametrize(
    ("settings", "believed"),
    [({}, "10.0.0.0/8"), ({"trusted_proxies": ["10.42.0.0/16", "fd00::/8"]}, "10.42.0.0/16,fd00::/8")],
)
def test_behind_an_ingress_each_user_has_an_address_of_its_own(settings: dict[str, Any], believed: str) -> None:
    prod = {"prod": {**PROD, "host": "shop.example.com", **settings}}
    public = [{"name": "http", "port": 80, "public": True}]
    found = made(system({"service": "a", "endpoints": public}, environments=prod), "a")
    values = {each["name"]: each.get("value", "") for each in pod(found)["containers"][0]["env"]}
    assert values["ONEWAY_TRUSTED_PROXIES"].startswith(believed)
    assert "0.0.0.0/0" not in values["ONEWAY_TRUSTED_PROXIES"]
