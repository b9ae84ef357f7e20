"""What an environment has once: namespace, default denial, priority, the deployer's rights, the list of files."""

from collections.abc import Iterable
from typing import Final

from ...model import System
from ..connections import secrets_of
from .api.cluster import Kustomization, Namespace, PolicyRule, PriorityClass, Role, RoleBinding, RoleRef, Subject
from .api.meta import Metadata, Object, Selector
from .api.network import NetworkPolicy, PolicySpec
from .api.workloads import ServiceAccount
from .labels import namespace

DEFAULT_DENY: Final = "default-deny"
DEPLOYER: Final = "platform-deployer"
_PRIORITY: Final = 1000
_KEEP: Final = ("create", "delete", "get", "list", "patch")


def priority_class_name(system: System) -> str:
    """Every pod of the system has it."""
    return f"{system.platform.name}-standard"


def environment_objects(system: System) -> dict[str, tuple[Object, ...]]:
    """By file name. The namespace and the priority class are the only objects outside the namespace."""
    return {
        "namespace.yaml": (_namespace(system),),
        "priority-class.yaml": (_priority_class(system),),
        "default-deny.yaml": (_default_deny(system),),
        "role.yaml": (_deployer_account(system), _deployer_role(system), _deployer_binding(system)),
    }


def _metadata(system: System, name: str, *, cluster: bool = False) -> Metadata:
    return Metadata(
        name=name,
        namespace="" if cluster else namespace(system),
        labels={"app.kubernetes.io/part-of": system.platform.name, "app.kubernetes.io/managed-by": "platform"},
    )


def _namespace(system: System) -> Namespace:
    about = _metadata(system, namespace(system), cluster=True)
    restricted = {
        f"pod-security.kubernetes.io/{mode}{suffix}": value
        for mode in ("enforce", "audit", "warn")
        for suffix, value in (("", "restricted"), ("-version", "latest"))
    }
    return Namespace(
        api_version="v1", kind="Namespace", metadata=Metadata(name=about.name, labels=about.labels | restricted)
    )


def _priority_class(system: System) -> PriorityClass:
    return PriorityClass(
        api_version="scheduling.k8s.io/v1",
        kind="PriorityClass",
        metadata=_metadata(system, priority_class_name(system), cluster=True),
        value=_PRIORITY,
        global_default=False,
        description=f"The services of {system.platform.name}.",
    )


def _default_deny(system: System) -> NetworkPolicy:
    """Whatever no other policy allows is refused, in both directions."""
    return NetworkPolicy(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        metadata=_metadata(system, DEFAULT_DENY),
        spec=PolicySpec(pod_selector=Selector(match_labels={}), policy_types=("Ingress", "Egress")),
    )


def _deployer_account(system: System) -> ServiceAccount:
    return ServiceAccount(
        api_version="v1",
        kind="ServiceAccount",
        metadata=_metadata(system, DEPLOYER),
        automount_service_account_token=False,
    )


def _deployer_role(system: System) -> Role:
    """Everything that `platform deploy` asks of the API server, and nothing else."""
    return Role(
        api_version="rbac.authorization.k8s.io/v1",
        kind="Role",
        metadata=_metadata(system, DEPLOYER),
        rules=(
            _rule("", ("configmaps", "serviceaccounts", "services"), _KEEP),
            _rule("", ("persistentvolumeclaims",), ("create", "get", "list", "patch")),
            _rule("batch", ("cronjobs", "jobs"), _KEEP),
            _rule("apps", ("deployments", "statefulsets"), (*_KEEP, "watch")),
            _rule("autoscaling", ("horizontalpodautoscalers",), _KEEP),
            _rule("networking.k8s.io", ("ingresses", "networkpolicies"), _KEEP),
            _rule("policy", ("poddisruptionbudgets",), _KEEP),
            _rule("coordination.k8s.io", ("leases",), ("create", "get", "update")),
            _rule("", ("pods",), ("get", "list", "patch", "watch")),
            _rule("", ("pods/log",), ("get",)),
            _rule("", ("pods/proxy",), ("create", "delete", "get", "patch", "update")),
            _rule("", ("events",), ("list",)),
            _rule("discovery.k8s.io", ("endpointslices",), ("list",)),
            *_optional_rules(system),
        ),
    )


def _optional_rules(system: System) -> tuple[PolicyRule, ...]:
    """What an environment need not have is only looked for, so that nothing stays when a manifest drops it.

    Secrets are read to blot their values out of what a failed release printed.
    """
    settings = system.settings
    services = system.deployed.values()
    secrets = {secret.name for service in services for secret in service.secrets.values()}
    secrets |= {secret.name for service in services for secret in secrets_of(system, service).values()}
    return (
        _rule("gateway.networking.k8s.io", ("httproutes",), _KEEP if settings.routes == "gateway" else ("list",)),
        _rule("monitoring.coreos.com", ("servicemonitors",), _KEEP if settings.service_monitor else ("list",)),
        *((_rule("", ("secrets",), ("get",), tuple(sorted(secrets))),) if secrets else ()),
    )


def _rule(group: str, resources: tuple[str, ...], verbs: tuple[str, ...], names: tuple[str, ...] = ()) -> PolicyRule:
    return PolicyRule(api_groups=(group,), resources=resources, resource_names=names, verbs=verbs)


def _deployer_binding(system: System) -> RoleBinding:
    return RoleBinding(
        api_version="rbac.authorization.k8s.io/v1",
        kind="RoleBinding",
        metadata=_metadata(system, DEPLOYER),
        role_ref=RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name=DEPLOYER),
        subjects=(Subject(kind="ServiceAccount", name=DEPLOYER, namespace=namespace(system)),),
    )


def kustomization(resources: Iterable[str]) -> Kustomization:
    """The list of files that belong together, in the order in which they were made."""
    return Kustomization(
        api_version="kustomize.config.k8s.io/v1beta1", kind="Kustomization", resources=tuple(resources)
    )
