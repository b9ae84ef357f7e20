"""The proof refuses what a bug in generation would make."""

from collections.abc import Callable

import pytest
from generated_systems import HTTP, system

from oneway.errors import OnewayError
from oneway.generate import GeneratedFile, Images, Sources, kubernetes_files
from oneway.generate.validate import VERSIONS, prove, schema_faults
from oneway.model import System

SOURCES = Sources(Images(), lambda path: False, lambda path: b"")


@pytest.fixture
def whole() -> System:
    return system(
        {"service": "a", "endpoints": [HTTP], "calls": [{"to": "b"}]},
        {"service": "b", "endpoints": [HTTP]},
        {"service": "c", "endpoints": [HTTP]},
    )


def proven(whole: System, change: Callable[[str], str] = str) -> list[GeneratedFile]:
    files = kubernetes_files(whole, SOURCES)
    return list(prove(whole, (GeneratedFile(each.path, change(each.content)) for each in files)))


def test_what_is_generated_is_proven_and_passed_on(whole: System) -> None:
    assert proven(whole) == list(kubernetes_files(whole, SOURCES))


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        ("  progressDeadlineSeconds: 250\n", "  progressDeadlineSeconds: soon\n", "'soon' is not of type 'integer'"),
        ("  minReadySeconds: 10\n", "  minimumReadySeconds: 10\n", "'minimumReadySeconds' was unexpected"),
    ],
)
def test_an_object_that_no_cluster_takes_is_refused(whole: System, before: str, after: str, message: str) -> None:
    with pytest.raises(OnewayError, match=message) as caught:
        proven(whole, lambda text: text.replace(before, after))
    assert all(f"(Kubernetes {version})" in caught.value.message for version in VERSIONS)


def test_a_flow_that_nobody_declares_is_refused(whole: System) -> None:
    with pytest.raises(OnewayError, match="shop/a to shop/c at TCP port 8080 is allowed, but nobody declares it"):
        proven(whole, lambda text: text.replace(PODS_OF_B, EVERY_POD).replace(AGENTS, EVERY_POD))


def test_a_call_that_the_policies_would_cut_is_refused(whole: System) -> None:
    with pytest.raises(OnewayError, match="shop/a to shop/b at TCP port 8080 is declared, but not allowed"):
        proven(whole, lambda text: text.replace(PODS_OF_A, PODS_OF_C))


def test_kinds_of_other_makers_have_no_schema_here() -> None:
    route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": {"name": "x"}, "odd": 1}
    assert schema_faults(route) == []


PODS_OF_A = "- podSelector:\n            matchLabels:\n              app.kubernetes.io/name: a\n"
PODS_OF_C = PODS_OF_A.replace("name: a\n", "name: c\n")
PODS_OF_B = PODS_OF_A.replace("name: a\n", "name: b\n")
EVERY_POD = "- podSelector: {}\n"
AGENTS = """- namespaceSelector:
            matchLabels:
              kubernetes.io/metadata.name: kube-system
          podSelector:
            matchLabels:
              k8s-app: konnectivity-agent
"""
