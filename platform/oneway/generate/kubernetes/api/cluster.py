"""What an environment has once: namespace, priority, the deployer's rights, the list of files."""

from .meta import Object, Part


class Namespace(Object, frozen=True, kw_only=True):
    pass


class PriorityClass(Object, frozen=True, kw_only=True):
    value: int
    global_default: bool
    description: str


class PolicyRule(Part, frozen=True, kw_only=True):
    api_groups: tuple[str, ...]
    resources: tuple[str, ...]
    resource_names: tuple[str, ...] = ()
    verbs: tuple[str, ...]


class Role(Object, frozen=True, kw_only=True):
    rules: tuple[PolicyRule, ...]


class RoleRef(Part, frozen=True, kw_only=True):
    api_group: str
    kind: str
    name: str


class Subject(Part, frozen=True, kw_only=True):
    kind: str
    name: str
    namespace: str


class RoleBinding(Object, frozen=True, kw_only=True):
    role_ref: RoleRef
    subjects: tuple[Subject, ...]


class Kustomization(Part, frozen=True, kw_only=True):
    api_version: str
    kind: str
    resources: tuple[str, ...]
