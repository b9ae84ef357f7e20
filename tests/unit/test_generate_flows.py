"""The evaluator against the semantics that the documentation of Kubernetes states, one sentence each."""

from typing import Any

import pytest

from oneway.generate.flows import OTHER_PORT, Flow, Peer, allowed, flows, network, selects

LABELS = {"a": {"app": "a", "tier": "x"}, "b": {"app": "b"}}


def workload(name: str, namespace: str = "n") -> dict[str, Any]:
    container = {"name": "c", "ports": [{"name": "web", "containerPort": 80}]}
    return {
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"template": {"metadata": {"labels": LABELS[name]}, "spec": {"containers": [container]}}},
    }


def policy(spec: dict[str, Any], namespace: str = "n") -> dict[str, Any]:
    return {"kind": "NetworkPolicy", "metadata": {"name": "p", "namespace": namespace}, "spec": spec}


def passes(
    spec: dict[str, Any], source: str = "n/b", port: int = 80, protocol: str = "TCP", *, there: str = "n"
) -> bool:
    net = network([workload("a"), workload("b", there), policy(spec)])
    return allowed(net, net.pods[source], net.pods["n/a"], port, protocol)


def test_pods_that_no_policy_selects_are_open() -> None:
    assert passes({"podSelector": {"matchLabels": {"app": "other"}}})


def test_an_empty_selector_selects_every_pod_and_no_rule_lets_nobody_in() -> None:
    assert not passes({"podSelector": {}, "policyTypes": ["Ingress"]})
    assert not passes({"podSelector": {}, "policyTypes": ["Egress"]})


def test_a_policy_reaches_its_own_namespace_only() -> None:
    net = network([workload("a"), workload("b"), policy({"podSelector": {}, "policyTypes": ["Ingress"]}, "elsewhere")])
    assert allowed(net, net.pods["n/b"], net.pods["n/a"], 80, "TCP")


def test_without_policy_types_ingress_always_counts_and_egress_where_there_are_rules() -> None:
    assert not passes({"podSelector": {"matchLabels": {"app": "a"}}})
    assert passes({"podSelector": {"matchLabels": {"app": "b"}}})
    assert not passes({"podSelector": {"matchLabels": {"app": "b"}}, "egress": []})


@pytest.mark.parametrize(
    ("peers", "there", "verdict"),
    [
        ([{"podSelector": {"matchLabels": {"app": "b"}}}], "n", True),
        ([{"podSelector": {"matchLabels": {"app": "b"}}}], "m", False),
        ([{"podSelector": {}}], "n", True),
        ([{"podSelector": {}}], "m", False),
        ([{"namespaceSelector": {}}], "m", True),
        ([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "m"}}}], "m", True),
        ([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "m"}}}], "n", False),
        ([{"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "c"}}}], "m", False),
        ([{"namespaceSelector": {}}, {"podSelector": {"matchLabels": {"app": "c"}}}], "m", True),
        ([{"ipBlock": {"cidr": "0.0.0.0/0"}}], "n", False),
        ([], "m", True),
        (None, "m", True),
    ],
)
def test_peers(peers: list[dict[str, Any]] | None, there: str, verdict: bool) -> None:
    rule = {"ports": [{"port": 80}], **({"from": peers} if peers is not None else {})}
    spec = {"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"], "ingress": [rule]}
    assert passes(spec, f"{there}/b", there=there) is verdict


@pytest.mark.parametrize(
    ("ports", "number", "protocol", "verdict"),
    [
        ([{"port": 80}], 80, "TCP", True),
        ([{"port": 80}], 80, "UDP", False),
        ([{"port": 80, "protocol": "UDP"}], 80, "UDP", True),
        ([{"port": 81}], 80, "TCP", False),
        ([{"port": "web"}], 80, "TCP", True),
        ([{"port": "web"}], 81, "TCP", False),
        ([{"port": "nothing"}], 80, "TCP", False),
        ([{"port": 70, "endPort": 90}], 80, "TCP", True),
        ([{"port": 70, "endPort": 79}], 80, "TCP", False),
        ([{"protocol": "TCP"}], OTHER_PORT, "TCP", True),
        ([], 80, "UDP", True),
        (None, OTHER_PORT, "TCP", True),
    ],
)
def test_ports(ports: list[dict[str, Any]] | None, number: int, protocol: str, verdict: bool) -> None:
    rule = {"from": [{"podSelector": {}}], **({"ports": ports} if ports is not None else {})}
    spec = {"podSelector": {"matchLabels": {"app": "a"}}, "policyTypes": ["Ingress"], "ingress": [rule]}
    assert passes(spec, port=number, protocol=protocol) is verdict


def test_addresses_match_blocks_less_what_is_excepted() -> None:
    block = {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}
    spec = {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{"from": [{"ipBlock": block}]}]}
    net = network([workload("a"), policy(spec)])
    inside, excepted, outside = (Peer(each, address=each) for each in ("10.2.0.1", "10.1.0.1", "11.0.0.1"))
    assert allowed(net, inside, net.pods["n/a"], 80, "TCP")
    assert not allowed(net, excepted, net.pods["n/a"], 80, "TCP")
    assert not allowed(net, outside, net.pods["n/a"], 80, "TCP")


def test_policies_add_up_and_both_ends_must_agree() -> None:
    out = {
        "podSelector": {"matchLabels": {"app": "b"}},
        "policyTypes": ["Egress"],
        "egress": [{"ports": [{"port": 80}, {"port": 81}]}],
    }
    into = {
        "podSelector": {"matchLabels": {"app": "a"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"port": 80}]}],
    }
    more = {
        "podSelector": {"matchLabels": {"tier": "x"}},
        "policyTypes": ["Ingress"],
        "ingress": [{"ports": [{"port": 82}]}],
    }
    net = network([workload("a"), workload("b"), policy(out), policy(into), policy(more)])
    found = {each for each in flows(net) if each.source == "n/b"}
    assert found == {Flow("n/b", "n/a", 80, "TCP")}


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        ({"key": "app", "operator": "In", "values": ["a", "b"]}, True),
        ({"key": "app", "operator": "NotIn", "values": ["a"]}, False),
        ({"key": "zone", "operator": "NotIn", "values": ["a"]}, True),
        ({"key": "tier", "operator": "Exists"}, True),
        ({"key": "tier", "operator": "DoesNotExist"}, False),
        ({"key": "zone", "operator": "DoesNotExist"}, True),
    ],
)
def test_expressions(expression: dict[str, Any], verdict: bool) -> None:
    assert selects({"matchExpressions": [expression]}, LABELS["a"]) is verdict


def test_flows_leave_nothing_out_that_asking_for_each_pair_finds() -> None:
    spec = {
        "podSelector": {},
        "policyTypes": ["Egress"],
        "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "a"}}}]}],
    }
    net = network([workload("a"), workload("b"), policy(spec)])
    assert {(each.source, each.target) for each in flows(net)} == {("n/b", "n/a")}
