"""Who owns which field: server-side apply as a cluster does it, for the shapes of objects that Oneway writes."""

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Path = tuple[str, ...]
Object = dict[str, Any]

KEYS: dict[str, tuple[str, ...]] = {
    "containers": ("name",),
    "initContainers": ("name",),
    "env": ("name",),
    "volumes": ("name",),
    "volumeMounts": ("mountPath",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
}
PORT_KEYS = {"containers": ("containerPort", "protocol"), "spec": ("port", "protocol")}
ATOMIC = {"selector", "labelSelector", "podSelector", "namespaceSelector", "args", "command"}


@dataclass(frozen=True)
class Conflict:
    """A field that another manager owns with another value."""

    manager: str
    version: str
    field: str


class Ownership:
    """The managers of one object and the leaves that each owns."""

    def __init__(self) -> None:
        self.managers: dict[tuple[str, str], set[Path]] = {}

    def apply(self, live: Object, wanted: Object, manager: str, force: bool) -> tuple[Object, list[Conflict]]:
        """The object after the apply; or the conflicts, when there are some and `force` does not take the fields."""
        new = dict(leaves(wanted))
        now = dict(leaves(live))
        conflicts = [
            Conflict(who, str(wanted["apiVersion"]), shown(path))
            for path, value in sorted(new.items())
            for (who, operation), owned in sorted(self.managers.items())
            if path in owned and who != manager and path in now and now[path] != value
        ]
        if conflicts and not force:
            return live, conflicts
        mine = self.managers.get((manager, "Apply"), set())
        others = {path for key, owned in self.managers.items() if key != (manager, "Apply") for path in owned}
        result = copy.deepcopy(live)
        for path in sorted(mine - new.keys() - others, key=len, reverse=True):
            remove(result, path)
        for path, value in new.items():
            put(result, path, value, wanted)
        taken = {path for path, value in new.items() if path not in now or now[path] != value}
        for key, owned in self.managers.items():
            if key != (manager, "Apply"):
                owned -= taken
        self.managers[(manager, "Apply")] = set(new)
        return result, []

    def update(self, before: Object, after: Object, manager: str) -> None:
        """Somebody wrote without apply: what changed is theirs now."""
        old, new = dict(leaves(before)), dict(leaves(after))
        changed = {path for path, value in new.items() if path not in old or old[path] != value}
        for owned in self.managers.values():
            owned -= changed | (old.keys() - new.keys())
        if changed:
            self.managers.setdefault((manager, "Update"), set()).update(changed)

    def written(self, version: str) -> list[Object]:
        """As `managedFields` shows it."""
        found = []
        for (manager, operation), owned in sorted(self.managers.items()):
            if owned:
                found.append(
                    {
                        "manager": manager,
                        "operation": operation,
                        "apiVersion": version,
                        "fieldsType": "FieldsV1",
                        "fieldsV1": _tree(owned),
                    }
                )
        return found


def leaves(value: Any, path: Path = (), parent: str = "") -> Iterator[tuple[Path, Any]]:
    """Every field that can have an owner, by its path; list elements go by their keys."""
    name = path[-1][2:] if path else ""
    if isinstance(value, dict) and value and name not in ATOMIC:
        for key, inner in value.items():
            if not path and key in ("apiVersion", "kind", "status"):
                continue
            if path == ("f:metadata",) and key not in ("labels", "annotations"):
                continue
            yield from leaves(inner, (*path, f"f:{key}"), name)
    elif isinstance(value, list) and (keys := keys_of(name, parent, path)) and value:
        for element in value:
            step = element_key(element, keys)
            yield (*path, step), None
            for key, inner in element.items():
                yield from leaves(inner, (*path, step, f"f:{key}"), name)
    else:
        yield path, copy.deepcopy(value)


def keys_of(name: str, parent: str, path: Path) -> tuple[str, ...] | None:
    """By which fields the elements of a list are told apart; None for lists that are taken whole."""
    if name == "ports":
        return (
            PORT_KEYS["containers"]
            if "f:containers" in path
            else PORT_KEYS["spec"]
            if path[0] == "f:spec" and len(path) == 2
            else None
        )
    return KEYS.get(name)


def element_key(element: Object, keys: tuple[str, ...]) -> str:
    """`k:{"name":"x"}`."""
    found = {key: element.get(key, "TCP" if key == "protocol" else None) for key in keys}
    return "k:" + json.dumps(found, separators=(",", ":"))


def shown(path: Path) -> str:
    """As messages of an API server name a field."""
    text = ""
    for step in path:
        if step.startswith("f:"):
            text += f".{step[2:]}"
        else:
            pairs = json.loads(step[2:]).items()
            text += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in pairs) + "]"
    return text


def put(body: Object, path: Path, value: Any, wanted: Object) -> None:
    """Set one leaf, making what is above it."""
    here: Any = body
    for index, step in enumerate(path[:-1]):
        here = _step(here, step, path[index + 1])
    last = path[-1]
    if last.startswith("k:"):
        _element(here, last)
    else:
        here[last[2:]] = copy.deepcopy(value)


def remove(body: Object, path: Path) -> None:
    """Take one leaf away; it may be gone."""
    here: Any = body
    for step in path[:-1]:
        if step.startswith("k:"):
            here = next((each for each in here if _is(each, step)), None)
        else:
            here = here.get(step[2:]) if isinstance(here, dict) else None
        if here is None:
            return
    last = path[-1]
    if last.startswith("k:"):
        here[:] = [each for each in here if not _is(each, last)]
    elif isinstance(here, dict):
        here.pop(last[2:], None)


def _step(here: Any, step: str, following: str) -> Any:
    if step.startswith("k:"):
        return _element(here, step)
    name = step[2:]
    if here.get(name) is None:
        here[name] = [] if following.startswith("k:") else {}
    return here[name]


def _element(here: list[Any], step: str) -> Object:
    for each in here:
        if _is(each, step):
            return each  # type: ignore[no-any-return]
    made: Object = json.loads(step[2:])
    here.append(made)
    return made


def _is(element: Object, step: str) -> bool:
    wanted = json.loads(step[2:])
    return all(element.get(key, "TCP" if key == "protocol" else None) == value for key, value in wanted.items())


def _tree(paths: set[Path]) -> Object:
    tree: Object = {}
    for path in sorted(paths):
        here = tree
        for step in path:
            here = here.setdefault(step, {})
        if path[-1].startswith("k:"):
            here.setdefault(".", {})
    return tree
