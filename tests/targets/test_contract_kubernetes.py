"""The Kubernetes target keeps the contract, on a stand-in with Gateway API, whose routes weigh the traffic."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from stand_in_cluster import Cluster, StandIn
from stand_in_nodes import Nodes
from target_contract import CALLEE, CALLER, Place, TargetContract

from oneway.generate import Images
from oneway.manifest import load
from oneway.targets.base import MachineClock, Release, Target
from oneway.targets.kubernetes import KubernetesSite, Sources
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import connect

PACE = 5
_MODES = {
    "good": "good",
    "crashes": "crash",
    "never ready": "unready",
    "wrong": "error",
    "ready elsewhere": "moved",
    "ready nowhere": "lost",
}
_PLATFORM = """apiVersion: oneway/v1
platform: trial
owners: {ann: {}}
domains: {all: {}}
environments:
  prod: {target: kubernetes, context: test, namespace: test, host: example.com, routes: gateway, gateway: edge/door}
"""


@dataclass
class KubernetesPlace:
    """The site is the same for all services; each draft brings the spec that its objects are made from."""

    cluster: Cluster
    nodes: Nodes
    api: Api

    def __post_init__(self) -> None:
        self.sources = _sources({})
        self._site = KubernetesSite(self.api, self.sources)

    @property
    def target(self) -> Target:
        return self._site

    def draft(self, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        sources = _sources({service: _manifest(service, version, mode, replicas)})
        return Release(
            service=service,
            number=0,
            version=version,
            content=version,
            digest=version,
            spec=sources.system.services[service],
            environment="prod",
            author="a test",
            started=1.0,
        )

    def users(self, service: str, count: int) -> list[str]:
        return [self._user(service, turn) for turn in range(count)]

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds / PACE)

    def _user(self, service: str, turn: int) -> str:
        slices: Any = self.cluster.get("endpointslices", f"{self._backend(service, turn)}-slice") or {"endpoints": []}
        pods = [each["targetRef"]["name"] for each in slices["endpoints"]]
        if not pods or self.cluster.get("services", service) is None:
            return "nobody"
        status, _, body = self.nodes.serve(pods[turn % len(pods)], "GET", 8080, "/", b"", {})
        return body.decode() if status == 200 else str(status)

    def _backend(self, service: str, turn: int) -> str:
        """Which Service the route sends this user to: as many of a hundred to each as its weight says."""
        route: Any = self.cluster.get("httproutes", service)
        if route is None:
            return service
        dice = turn * 37 % 100
        for backend in route["spec"]["rules"][0]["backendRefs"]:
            dice -= backend.get("weight", 100)
            if dice < 0:
                return str(backend["name"])
        return service


class TestKubernetesTarget(TargetContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Iterator[Place]:
        cluster = Cluster(has_gateways=True)
        nodes = Nodes(cluster)
        with nodes.running():
            server = StandIn(cluster)
            config = tmp_path / "config"
            config.write_text(server.kubeconfig())
            clock = MachineClock(
                monotonic=lambda: time.monotonic() * PACE, sleep=lambda seconds: time.sleep(seconds / PACE)
            )
            yield KubernetesPlace(cluster, nodes, Api(connect("test", "prod", str(config)), "test", clock))
            server.stop()


def _sources(changed: dict[str, str]) -> Sources:
    manifests = {CALLEE: _manifest(CALLEE, "1.0.0", "good", 1), CALLER: _manifest(CALLER, "1.0.0", "good", 1)} | changed
    files = [("manifests/platform.yaml", _PLATFORM)] + [(f"manifests/{n}.yaml", text) for n, text in manifests.items()]
    loaded = load([(name, text.encode()) for name, text in files], "prod")
    assert not loaded.findings, loaded.findings
    return Sources(loaded.system, Images(), lambda path: Path(path).read_bytes())


def _manifest(service: str, version: str, mode: str, replicas: int) -> str:
    start = json.dumps(["program", "plain", _MODES[mode], version, "8080"])
    calls = f"[{{to: {CALLEE}}}]" if service == CALLER else "[]"
    return f"""apiVersion: oneway/v1
service: {service}
version: {version}
owner: ann
domain: all
build: {{image: registry.example.com/program:1, start: {start}}}
endpoints: [{{name: http, port: 8080, public: true}}]
calls: {calls}
replicas: {replicas}
health: {{startup: {{path: /readyz, within: 20s}}, ready: /readyz, live: /livez}}
"""
