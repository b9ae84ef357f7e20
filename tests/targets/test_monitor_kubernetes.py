"""The monitor as pods of the cluster that it watches: who leads, what it may ask, where it asks."""

import asyncio
import base64
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml
from cluster_trial import Recipe, Trial
from cluster_trial import system as the_system
from stand_in_cluster import Cluster, StandIn
from stand_in_nodes import Nodes

from oneway.application.read_manifests import read_deployed
from oneway.application.watch_in_turn import watch_in_turn
from oneway.application.watch_services import _asked_directly
from oneway.errors import OnewayError
from oneway.generate.kubernetes import LEADS, MONITOR, monitor_objects, plain, survey
from oneway.model import ClusterMonitor, System
from oneway.monitor.live_survey import Survey, take_survey
from oneway.probe import HttpSend
from oneway.targets.base import MachineClock
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect
from oneway.targets.kubernetes.election import SECONDS, PodElection

pytestmark = pytest.mark.timeout(180)
GENERATED = Path(__file__).parents[1] / "golden/kubernetes/generated/site/monitor.yaml"


@pytest.fixture
def server() -> Iterator[StandIn]:
    found = StandIn(Cluster())
    for pod in ("m-1", "m-2", "m-3"):
        found.cluster.store("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": pod, "labels": {}}})
    yield found
    found.stop()


@pytest.fixture
def api(server: StandIn, tmp_path: Path) -> Api:
    path = tmp_path / "config"
    path.write_text(server.kubeconfig())
    return Api(connect("test", "prod", str(path)), "test", MachineClock())


def leaders(server: StandIn) -> list[str]:
    """The pods to which the monitor's Service would lead."""
    pods = server.cluster.all("pods")
    return [each["metadata"]["name"] for each in pods if (each["metadata"].get("labels") or {}).get(LEADS) == "true"]


def until(condition: Callable[[], bool], what: str, seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def test_one_of_several_leads_and_its_label_says_so(server: StandIn, api: Api) -> None:
    first, *others = (PodElection(api, MONITOR, pod, 3, 0.5) for pod in ("m-1", "m-2", "m-3"))
    assert first.try_to_lead()
    assert [each.try_to_lead() for each in others] == [False, False]
    assert (first.leads(), [each.leads() for each in others]) == (True, [False, False])
    assert leaders(server) == ["m-1"]
    first.resign()
    assert others[0].try_to_lead(), "who resigns leaves at once"
    assert leaders(server) == ["m-2"]
    others[0].resign()


def test_who_is_killed_is_followed_and_never_thinks_to_lead_beside_another(server: StandIn, api: Api) -> None:
    killed, other = PodElection(api, MONITOR, "m-1", 3, renew_every=1e6), PodElection(api, MONITOR, "m-2", 3, 0.5)
    began = time.monotonic()
    assert killed.try_to_lead()
    both = list[bool]()

    def followed() -> bool:
        leads = other.try_to_lead()
        both.append(leads and killed.leads())
        return leads

    until(followed, "the other takes over")
    assert time.monotonic() - began >= 3
    assert not any(both)
    other.resign()


def test_the_others_take_over_within_fifteen_seconds() -> None:
    polled = 1.0
    assert SECONDS + polled < 15


def test_a_leader_that_cannot_reach_the_cluster_knows_that_it_leads_no_more(server: StandIn, api: Api) -> None:
    cut_off = PodElection(api, MONITOR, "m-1", 2, 0.3)
    assert cut_off.try_to_lead()
    server.stop()
    until(lambda: not cut_off.leads(), "it steps down")
    server.start()
    cut_off.resign()


class Turns:
    """An election that is won when somebody says so."""

    def __init__(self) -> None:
        self.turn, self.certain, self.resigned, self.faults = threading.Event(), True, False, 2

    def try_to_lead(self) -> bool:
        if self.faults:
            self.faults -= 1
            raise OnewayError("the API server did not answer")
        return self.turn.is_set()

    def leads(self) -> bool:
        return self.certain

    def resign(self) -> None:
        self.resigned = True


async def ask(port: int, path: str) -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: pod\r\n\r\n".encode())
    answer = await asyncio.wait_for(reader.read(), 10)
    writer.close()
    return answer.split(b"\r\n", 1)[0].decode()


def test_who_stands_by_is_alive_and_watches_when_it_is_its_turn(unused_port: int) -> None:
    async def main() -> None:
        election, stopped, watched = Turns(), asyncio.Event(), asyncio.Event()
        losses = list[str]()

        async def watch(ended: asyncio.Event) -> str:
            watched.set()
            await ended.wait()
            return "watched"

        address = ("127.0.0.1", unused_port)
        turn = asyncio.create_task(watch_in_turn(election, watch, address, lambda: losses.append("lost"), stopped))
        async with asyncio.timeout(60):
            while True:
                try:
                    assert await ask(unused_port, "/livez") == "HTTP/1.1 200 OK"
                    break
                except ConnectionRefusedError:
                    await asyncio.sleep(0.05)
            assert await ask(unused_port, "/metrics") == "HTTP/1.1 200 OK"
            assert await ask(unused_port, "/status.json") == "HTTP/1.1 503 Service Unavailable"
            assert not watched.is_set()
            election.turn.set()
            await watched.wait()
            with pytest.raises(ConnectionRefusedError):
                await ask(unused_port, "/livez")
            election.certain = False
            while not losses:
                await asyncio.sleep(0.05)
            stopped.set()
            assert await turn == "watched"
        assert election.resigned

    asyncio.run(main())


@pytest.fixture
def unused_port() -> int:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port


def with_monitor(system: System) -> System:
    environment = msgspec.structs.replace(
        system.settings, monitor=ClusterMonitor(image="registry.example.com/oneway:1")
    )
    platform = msgspec.structs.replace(system.platform, environments={"prod": environment})
    return System(platform, system.services, system.files, system.platform_file, "prod")


def test_it_asks_for_nothing_that_its_role_does_not_allow(tmp_path: Path) -> None:
    cluster, path = Cluster(), tmp_path / "config"
    server = StandIn(cluster)
    path.write_text(server.kubeconfig())
    api = Api(connect("test", "prod", str(path)), "test", MachineClock())
    with Nodes(cluster).running():
        Trial(api).must(Recipe(), "echo", "front")
    site, system = Trial(api).site(Recipe()), with_monitor(the_system(Recipe()))
    (role,) = [plain(each) for each in monitor_objects(survey(system), {}) if each.kind == "Role"]
    cluster.store("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "m-1", "labels": {}}})
    cluster.requests.clear()
    found, election = take_survey(site, system.services, Survey()), PodElection(api, MONITOR, "m-1")
    assert election.try_to_lead()
    election.resign()
    asked = {verb_and_resource(method, path) for method, path, _ in cluster.requests if path != "/version"}
    server.stop()
    assert found.fault == ""
    assert {name: each.restarts for name, each in found.services.items()} == {"echo": 0, "front": 0}
    allowed = {(verb, resource) for rule in role["rules"] for verb in rule["verbs"] for resource in rule["resources"]}
    assert {("list", "configmaps"), ("list", "pods"), ("create", "leases"), ("patch", "pods")} <= asked <= allowed


def verb_and_resource(method: str, path: str) -> tuple[str, str]:
    """What the rights of a Role call the request."""
    match = re.search(r"/namespaces/[^/]+/([a-z]+)(/[^/?]+)?", path)
    assert match, path
    verbs = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
    return verbs.get(method, "get" if match[2] else "list"), match[1]


def test_services_are_asked_under_the_names_that_callers_use(tmp_path: Path) -> None:
    from watched_services import given, service

    with given(service("base")) as found:
        from oneway.model import Environment, Platform

        environments = {"prod": Environment(target="kubernetes", namespace="shop")}
        platform = Platform(api_version="oneway/v1", name="p", environments=environments)
        system = System(platform, found.specs, {}, "", "prod")
        front = _asked_directly(found.survey(Survey()), system).services["base"].front
        assert front is not None
        send = front(None)
        assert isinstance(send, HttpSend)
        assert send._locate().base_url == "http://base.shop:8000"


def test_what_the_pod_mounts_is_read_as_manifests(tmp_path: Path) -> None:
    """As the kubelet lays a ConfigMap out: links to a folder that is exchanged as a whole."""
    objects: dict[str, Any] = {each["kind"]: each for each in yaml.safe_load_all(GENERATED.read_text())}
    pod = objects["Deployment"]["spec"]["template"]["spec"]
    (volume,) = [each["configMap"] for each in pod["volumes"] if "configMap" in each]
    kept = tmp_path / "app" / "..2026_11_25"
    for item in volume["items"]:
        file = kept / item["path"]
        file.parent.mkdir(parents=True, exist_ok=True)
        text = objects["ConfigMap"].get("data", {}).get(item["key"])
        body = text.encode() if text is not None else base64.b64decode(objects["ConfigMap"]["binaryData"][item["key"]])
        file.write_bytes(body)
    (kept.parent / "..data").symlink_to(kept.name)
    for top in kept.iterdir():
        (kept.parent / top.name).symlink_to(f"..data/{top.name}")
    command = pod["containers"][0]["command"]
    folder = command[command.index("--manifests") + 1].replace("/app", str(kept.parent))
    reading = read_deployed(Path(folder), "site")
    assert "door" in reading.system.services
    assert reading.system.settings.monitor is not None
