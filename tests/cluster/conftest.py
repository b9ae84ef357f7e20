"""A namespace of one's own on whatever cluster is named, gone when the tests end; so is its priority class.

KUBECONFIG names the cluster, and ONEWAY_TEST_CONTEXT the context where it is not the current one. ONEWAY_TEST_IMAGE is
an image with Python that the cluster can pull, where it cannot reach the public ones.
"""

import os
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "targets"))

from cluster_trial import PROGRAM, Recipe, Trial, system

from oneway.generate.kubernetes import environment_objects, plain
from oneway.targets.kubernetes.api import Api
from oneway.targets.kubernetes.connection import Connection, connect
from oneway.targets.kubernetes.kinds import NAMESPACE, PRIORITY_CLASS

_IMAGE = "python:3.12-slim"
_HOW = """KUBECONFIG names no cluster to try this on.
Get one with `kind create cluster --kubeconfig trial.yaml`, k3d, minikube or k3s, and say `make test-cluster
KUBECONFIG=$PWD/trial.yaml`. Everything happens in a namespace of its own, which is gone afterwards."""


@pytest.fixture(scope="session")
def connection() -> Connection:
    """The cluster that KUBECONFIG names, never one by accident."""
    files = os.environ.get("KUBECONFIG")
    if not files:
        pytest.fail(_HOW, pytrace=False)
    from kubernetes.config import list_kube_config_contexts

    _, current = list_kube_config_contexts(files)
    return connect(os.environ.get("ONEWAY_TEST_CONTEXT") or str(current["name"]), "prod")


@pytest.fixture(scope="session")
def recipe() -> Recipe:
    """Version 1 of the trial system in a namespace that nobody else uses."""
    mark = uuid.uuid4().hex[:8]
    start = ("python3", "-c", PROGRAM.read_text())
    image = os.environ.get("ONEWAY_TEST_IMAGE", _IMAGE)
    return Recipe(image=image, start=start, namespace=f"oneway-test-{mark}", platform=f"trial-{mark}", startup="60s")


@pytest.fixture(scope="session")
def api(connection: Connection, recipe: Recipe) -> Iterator[Api]:
    """The namespace with what an environment has once; nothing of it is left afterwards."""
    found = Api(connection, recipe.namespace)
    once = environment_objects(system(recipe))
    try:
        for name in ("namespace.yaml", "priority-class.yaml", "role.yaml"):
            for each in once[name]:
                found.apply(plain(each), "oneway-test")
        yield found
    finally:
        found.delete(NAMESPACE, recipe.namespace)
        found.delete(PRIORITY_CLASS, f"{recipe.platform}-standard")


@pytest.fixture(scope="session")
def machine(api: Api) -> Callable[[str], Trial]:
    """Makes one more machine that deploys to the cluster."""
    return lambda who: Trial(api, who)


@pytest.fixture(scope="session")
def ann(machine: Callable[[str], Trial], recipe: Recipe) -> Trial:
    """The first machine, after it has deployed version 1."""
    found = machine("ann@here")
    found.must(recipe, "echo", "front")
    return found
