"""Reading and writing objects of the stand-in, with the refusals of a real API server."""

import copy
import uuid
from typing import Any

from stand_in_cluster import KINDS, Cluster, Place, Refusal, selected
from stand_in_ownership import Object, Ownership


def read(cluster: Cluster, place: Place) -> Object:
    return copy.deepcopy(_there(cluster, place))


def listing(cluster: Cluster, place: Place, query: dict[str, str]) -> Object:
    """One page; `continue` holds where the next begins."""
    found = [each for each in cluster.all(place.plural) if selected(each, query)]
    start, limit = int(query.get("continue") or 0), int(query.get("limit") or len(found) or 1)
    more = {"continue": str(start + limit)} if start + limit < len(found) else {}
    items = [{key: value for key, value in each.items() if key not in ("apiVersion", "kind")} for each in found]
    return {
        "kind": f"{KINDS[place.plural]}List",
        "apiVersion": place.api_version,
        "metadata": {"resourceVersion": str(cluster.version), **more},
        "items": items[start : start + limit],
    }


def create(cluster: Cluster, place: Place, body: Object, query: dict[str, str]) -> Object:
    name = body["metadata"]["name"]
    if (place.plural, name) in cluster.objects:
        raise Refusal(409, "AlreadyExists", f'{place.resource} "{name}" already exists', _details(place, name))
    _own(cluster, place, name).update({}, body, query.get("fieldManager", "unknown"))
    return cluster.store(place.plural, _whole(place, body))


def replace(cluster: Cluster, place: Place, body: Object, query: dict[str, str]) -> Object:
    live = _there(cluster, place)
    wanted = body["metadata"].get("resourceVersion")
    if wanted is not None and wanted != live["metadata"]["resourceVersion"]:
        message = (
            f'Operation cannot be fulfilled on {place.resource} "{place.name}": the object has been modified; '
            "please apply your changes to the latest version and try again"
        )
        raise Refusal(409, "Conflict", message, _details(place, place.name))
    _own(cluster, place, place.name).update(live, body, query.get("fieldManager", "unknown"))
    return cluster.store(place.plural, _whole(place, {**body, "metadata": {**live["metadata"], **body["metadata"]}}))


def merge(cluster: Cluster, place: Place, patch: Object, query: dict[str, str]) -> Object:
    live = _there(cluster, place)
    body = _merged(live, patch)
    _own(cluster, place, place.name).update(live, body, query.get("fieldManager", "unknown"))
    return cluster.store(place.plural, body)


def apply(cluster: Cluster, place: Place, body: Object, query: dict[str, str]) -> tuple[int, Object]:
    """Server-side apply: 201 for a new object, 200 for a known one, 409 with every conflict in one answer."""
    live = cluster.objects.get((place.plural, place.name))
    owners = copy.deepcopy(_own(cluster, place, place.name))
    manager, force = query["fieldManager"], query.get("force") == "true"
    before: Object = live or {"apiVersion": body["apiVersion"], "kind": body["kind"], "metadata": {"name": place.name}}
    result, conflicts = owners.apply(before, body, manager, force)
    if conflicts:
        _refuse(conflicts)
    result = _whole(place, result)
    result["metadata"].setdefault("namespace", "test")
    if query.get("dryRun") == "All":
        return 200, copy.deepcopy(result)
    cluster.owners[(place.plural, place.name)] = owners
    if live is not None and _same(live, result) and owners.written("") == _written(live):
        return 200, copy.deepcopy(live)
    return (201 if live is None else 200), cluster.store(place.plural, result)


def delete(cluster: Cluster, place: Place, options: Object) -> Object:
    live = _there(cluster, place)
    wanted = (options.get("preconditions") or {}).get("uid")
    there = live["metadata"]["uid"]
    if wanted is not None and wanted != there:
        message = (
            f'Operation cannot be fulfilled on {KINDS[place.plural]} "{place.name}": the UID in the precondition '
            f"({wanted}) does not match the UID in record ({there}). "
            "The object might have been deleted and then recreated"
        )
        raise Refusal(409, "Conflict", message, {"name": place.name, "kind": KINDS[place.plural]})
    if place.plural == "pods":
        live = copy.deepcopy(live)
        live["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        cluster.store(place.plural, live)
    else:
        cluster.drop(place.plural, place.name)
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**_details(place, place.name), "uid": there},
    }


def _there(cluster: Cluster, place: Place) -> Object:
    live = cluster.objects.get((place.plural, place.name))
    if live is None:
        raise Refusal(404, "NotFound", f'{place.resource} "{place.name}" not found', _details(place, place.name))
    return live


def _own(cluster: Cluster, place: Place, name: str) -> Ownership:
    return cluster.owners.setdefault((place.plural, name), Ownership())


def _details(place: Place, name: str) -> Object:
    return {"name": name, **({"group": place.group} if place.group else {}), "kind": place.plural}


def _whole(place: Place, body: Object) -> Object:
    body = copy.deepcopy(body)
    body.setdefault("apiVersion", place.api_version)
    body.setdefault("kind", KINDS[place.plural])
    body["metadata"].setdefault("uid", str(uuid.uuid4()))
    if place.plural in ("deployments", "statefulsets"):
        body["spec"].setdefault("replicas", 1)
    return body


def _merged(live: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return copy.deepcopy(patch)
    found = copy.deepcopy(live) if isinstance(live, dict) else {}
    for key, value in patch.items():
        if value is None:
            found.pop(key, None)
        else:
            found[key] = _merged(found.get(key), value)
    return found


def _refuse(conflicts: list[Any]) -> None:
    """Worded as a real API server does: one conflict in a line, several as a list under each manager."""
    causes = [
        {"reason": "FieldManagerConflict", "message": f'conflict with "{each.manager}"', "field": each.field}
        for each in conflicts
    ]
    if len(conflicts) == 1:
        text = f"{causes[0]['message']}: {conflicts[0].field}"
    else:
        managers = sorted({each.manager for each in conflicts})
        text = "\n".join(
            f'conflicts with "{manager}":\n'
            + "\n".join(f"- {each.field}" for each in conflicts if each.manager == manager)
            for manager in managers
        )
    count = f"{len(conflicts)} conflict{'s' * (len(conflicts) > 1)}"
    raise Refusal(409, "Conflict", f"Apply failed with {count}: {text}", {"causes": causes})


def _same(live: Object, result: Object) -> bool:
    def bare(body: Object) -> Object:
        return {**body, "metadata": {**body["metadata"], "managedFields": None, "resourceVersion": None}}

    return bare(live) == bare(result)


def _written(live: Object) -> list[Object]:
    return [{**each, "apiVersion": ""} for each in live["metadata"].get("managedFields") or []]
