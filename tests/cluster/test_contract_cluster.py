"""The Kubernetes target keeps the contract on a real cluster. Without Gateway API, shares are shares of replicas."""

import itertools
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from cluster_trial import PROGRAM, Recipe
from target_contract import CALLEE, CALLER, Place, TargetContract

from oneway.generate import Images
from oneway.manifest import load
from oneway.probe import NoAnswer, Outgoing
from oneway.targets.base import Placement, Release, Target
from oneway.targets.kubernetes import KubernetesSite, Sources
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.proxy import pod_sender
from oneway.targets.kubernetes.traffic import endpoints

pytestmark = pytest.mark.timeout(900)
_MODES = {
    "good": "good",
    "crashes": "crash",
    "never ready": "unready",
    "wrong": "error",
    "ready elsewhere": "moved",
    "ready nowhere": "lost",
}
_IMAGE = "python:3.12-slim"


@dataclass(frozen=True)
class ClusterPlace:
    """Users come to the pods that the Service names, one after the other."""

    target: Target
    api: Api
    recipe: Recipe

    def draft(self, service: str, version: str, mode: str = "good", replicas: int = 1) -> Release:
        sources = _sources(self.recipe, {service: _manifest(service, version, mode, replicas)})
        return Release(
            service=service,
            number=0,
            version=version,
            content=version,
            digest=version,
            spec=sources.system.services[service],
            environment="prod",
            author="a test",
            started=time.time(),
        )

    def users(self, service: str, count: int) -> list[str]:
        behind = itertools.cycle(endpoints(self.api, service) or [("", {})])
        return [self._user(*next(behind)) for _ in range(count)]

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)

    def _user(self, pod: str, ports: Mapping[str, int]) -> str:
        if not pod:
            return "nobody"
        send = pod_sender(self.api.connection, self.api.namespace, lambda: (pod, ports["http"]))
        try:
            answer = send(Outgoing("GET", "/", {}, None, 5.0))
        except NoAnswer as error:
            return str(error)
        return answer.body.decode() if answer.status == 200 else str(answer.status)


class TestKubernetesTargetOnCluster(TargetContract):
    @pytest.fixture
    def place(self, api: Api, recipe: Recipe) -> Place:
        return ClusterPlace(KubernetesSite(api, _sources(recipe, {})), api, recipe)

    def test_traffic_moves_by_shares_and_back(self, place: Place, target: Target) -> None:
        """One replica beside one is half of the traffic, whatever less was asked for."""
        with self.locked(target, CALLEE):
            old = self.serving(place, CALLEE, "1.0.0")
            new = self.made(place, CALLEE, "2.0.0")
            target.ensure(Placement(new), 1)
            self.await_ready(place, Placement(new))
            for percent in (10, 50):
                target.shift(new, old, percent)
                self.await_share(place, 50)
            target.shift(new, old, 100)
            assert set(place.users(CALLEE, 20)) == {"2.0.0"}
            target.settle(CALLEE, old)
            assert set(place.users(CALLEE, 20)) == {"1.0.0"}
            self.gone(place, CALLEE)


def _sources(recipe: Recipe, changed: dict[str, str]) -> Sources:
    platform = f"""apiVersion: oneway/v1
platform: {recipe.platform}
owners: {{ann: {{}}}}
domains: {{all: {{}}}}
environments:
  prod: {{target: kubernetes, context: test, namespace: {recipe.namespace}}}
"""
    manifests = {name: _manifest(name, "1.0.0", "good", 1) for name in (CALLEE, CALLER)} | changed
    files = [("manifests/platform.yaml", platform)] + [(f"manifests/{n}.yaml", text) for n, text in manifests.items()]
    loaded = load([(name, text.encode()) for name, text in files], "prod")
    assert not loaded.findings, loaded.findings
    return Sources(loaded.system, Images(), lambda path: PROGRAM.read_bytes())


def _manifest(service: str, version: str, mode: str, replicas: int) -> str:
    start = json.dumps(["python3", "-c", PROGRAM.read_text(), "plain", _MODES[mode], version, "8080"])
    image = json.dumps(os.environ.get("ONEWAY_TEST_IMAGE", _IMAGE))
    return f"""apiVersion: oneway/v1
service: {service}
version: {version}
owner: ann
domain: all
build: {{image: {image}, start: {start}}}
endpoints: [{{name: http, port: 8080}}]
calls: {f"[{{to: {CALLEE}}}]" if service == CALLER else "[]"}
replicas: {replicas}
resources: {{cpu: 20m, memory: 64Mi, storage: 16Mi, limits: {{cpu: 500m}}}}
health: {{startup: {{path: /livez, within: 60s}}, ready: /readyz, live: /livez}}
"""
