"""What this identity may do, compared with the Role that `generate` writes, before anything is touched."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...generate.kubernetes import environment_objects, plain
from ...model import System
from .api import Api
from .kinds import Kind, Object

_REVIEW: Final = Kind("authorization.k8s.io/v1", "SelfSubjectRulesReview", "selfsubjectrulesreviews", 0, False)

_MOST_TOLD: Final = 6


def needed(system: System) -> tuple[Mapping[str, Any], ...]:
    """The rules of the generated Role."""
    for each in environment_objects(system)["role.yaml"]:
        if each.kind == "Role":
            return tuple(plain(each)["rules"])
    return ()


def missing(api: Api, system: System) -> tuple[str, ...]:
    """What the identity lacks, as in `patch deployments.apps`, sorted; empty where the cluster cannot tell."""
    answer = api.review(_REVIEW, {"spec": {"namespace": api.namespace}})
    status = answer.get("status") or {}
    rules: Sequence[Object] = status.get("resourceRules") or ()
    if status.get("incomplete") and not rules:
        return ()
    lacking = {text for wanted in needed(system) for text in _lacking(wanted, rules)}
    return tuple(sorted(lacking, key=lambda each: (each.split()[1], each)))


def told(lacking: Iterable[str]) -> str:
    """The verbs by resource, in one line: `create, patch services; watch pods`; a long line says how many more."""
    verbs: dict[str, list[str]] = {}
    for each in lacking:
        verb, resource = each.split()
        verbs.setdefault(resource, []).append(verb)
    found = [f"{', '.join(sorted(each))} {resource}" for resource, each in sorted(verbs.items())]
    more = f"; and {len(found) - _MOST_TOLD} kinds more" if len(found) > _MOST_TOLD else ""
    return "; ".join(found[:_MOST_TOLD]) + more


def _lacking(wanted: Mapping[str, Any], rules: Sequence[Object]) -> Iterable[str]:
    for group in wanted["apiGroups"]:
        for resource in wanted["resources"]:
            for verb in wanted["verbs"]:
                if not any(_allows(rule, group, resource, verb, wanted.get("resourceNames") or ()) for rule in rules):
                    yield f"{verb} {resource}" + (f".{group}" if group else "")


def _allows(rule: Object, group: str, resource: str, verb: str, names: Sequence[str]) -> bool:
    allowed = rule.get("resourceNames") or ()
    return (
        _matches(rule.get("apiGroups"), group)
        and _matches_resource(rule.get("resources"), resource)
        and _matches(rule.get("verbs"), verb)
        and (not allowed or (bool(names) and set(names) <= set(allowed)))
    )


def _matches(values: Sequence[str] | None, wanted: str) -> bool:
    return "*" in (values or ()) or wanted in (values or ())


def _matches_resource(values: Sequence[str] | None, wanted: str) -> bool:
    _, slash, subresource = wanted.partition("/")
    return _matches(values, wanted) or (bool(slash) and f"*/{subresource}" in (values or ()))
