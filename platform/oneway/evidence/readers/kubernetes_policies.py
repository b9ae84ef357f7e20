"""Whom labels select, and the calls that network policies allow."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ..mentions import Kind, Mention, Note
from ..yaml_reader import Map, Seq, place_of
from .kubernetes_objects import Workload, at_path, items_of, may_be_one, name_of, namespace_of


def calls_of_policy(file: str, policy: Map, workloads: Sequence[Workload]) -> Iterator[Mention]:
    """What a policy allows, as mentions of callees by callers."""
    namespace, why = namespace_of(policy), f"network policy {name_of(policy)}"
    selector = at_path(policy, "spec").get("podSelector")
    inside = selected_by(selector, namespace, workloads) if _narrows(selector) else []
    for direction, side in (("ingress", "from"), ("egress", "to")):
        for rule in items_of(at_path(policy, "spec"), direction):
            for at, peer in enumerate(items_of(rule, side)):
                place = place_of(rule.get(side), at, file)
                for other in _peers(peer, namespace, workloads):
                    for own in inside:
                        caller, callee = (other, own) if direction == "ingress" else (own, other)
                        yield Mention(Kind.POLICY, caller.name, place, why, callee.name, scope=callee.namespace)


def policies_for_nobody(file: str, policy: Map, workloads: Sequence[Workload]) -> Iterator[Note]:
    """A policy whose pods no workload here has says nothing that could be used."""
    selector = at_path(policy, "spec").get("podSelector")
    if _narrows(selector) and not selected_by(selector, namespace_of(policy), workloads):
        place = place_of(at_path(policy, "spec"), "podSelector", file)
        yield Note(place, f"{name_of(policy)}: no workload here has these labels")


def _peers(peer: Map, namespace: str, workloads: Sequence[Workload]) -> list[Workload]:
    """The workloads that a peer names; one that names a whole namespace shows no particular call."""
    selector = peer.get("podSelector")
    if not _narrows(selector):
        return []
    spaces = peer.get("namespaceSelector")
    if spaces is None:
        return selected_by(selector, namespace, workloads)
    labels = at_path(spaces, "matchLabels")
    named = labels.get("kubernetes.io/metadata.name") or labels.get("name")
    return [each for each in selected_by(selector, None, workloads) if named in (None, each.namespace)]


def hides_peers(policy: Map) -> bool:
    """Whether a policy names peers that no object here shows."""
    rules = [each for way in ("ingress", "egress") for each in items_of(at_path(policy, "spec"), way)]
    return any("ipBlock" in peer for rule in rules for side in ("from", "to") for peer in items_of(rule, side))


def _narrows(selector: Any) -> bool:
    return isinstance(selector, Map) and bool(selector.get("matchLabels") or selector.get("matchExpressions"))


def selected_by(selector: Any, namespace: str | None, workloads: Sequence[Workload]) -> list[Workload]:
    """The workloads whose pods a selector takes; none for an empty one, which shows no particular call."""
    if not isinstance(selector, Map) or not selector:
        return []
    structured = "matchLabels" in selector or "matchExpressions" in selector
    labels = at_path(selector, "matchLabels") if structured else selector
    expressions = items_of(selector, "matchExpressions") if structured else []
    return [
        each
        for each in workloads
        if (namespace is None or may_be_one(namespace, each.namespace))
        and all(each.labels.get(key) == value for key, value in labels.items())
        and all(_matches(one, each.labels) for one in expressions)
    ]


def _matches(expression: Map, labels: Mapping[str, Any]) -> bool:
    key, values = str(expression.get("key")), expression.get("values")
    values = values if isinstance(values, Seq) else []
    match expression.get("operator"):
        case "In":
            return labels.get(key) in values
        case "NotIn":
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    return False
