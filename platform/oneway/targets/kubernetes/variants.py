"""From the recorded objects of a release to the workloads that stand beside it: the canary, and rehearsals of callers.

Every pod says which release it runs (`oneway/release`) and, when it is not one of those that stay, which workload
keeps it (`oneway/track`). A canary's pods carry the instance label `<service>-canary`, which no Service selects;
changing it on a running pod brings that pod into the traffic without another pod being made, because the workload goes
by the track.
"""

import copy
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from ...errors import OnewayError
from ...model import Service, System, quantity_value
from .kinds import NETWORK_POLICY, SERVICE, Object

NAME: Final = "app.kubernetes.io/name"
INSTANCE: Final = "app.kubernetes.io/instance"
MANAGED: Final = "app.kubernetes.io/managed-by"
RELEASE: Final = "oneway/release"
TRACK: Final = "oneway/track"
REHEARSES: Final = "oneway/rehearses"
REHEARSED: Final = "oneway/rehearsed-release"
CANARY_ORDINAL: Final = 1000
_REHEARSAL_ORDINAL: Final = 1016
_REHEARSAL_CPU: Final = "100m"
_MAX_NAME: Final = 45
_KEPT_SECONDS: Final = 7 * 24 * 3600
_CALLS: Final = "ONEWAY_CALLS"
TASK: Final = "oneway/task"
_WORKLOADS: Final = frozenset({"Deployment", "StatefulSet"})
_SCHEDULED: Final = "CronJob"


def workload_of(objects: Iterable[Object]) -> Object:
    """The Deployment or StatefulSet among the objects of a release."""
    for each in objects:
        if each["kind"] in _WORKLOADS:
            return each
    raise OnewayError("the objects of this release hold no workload", "deploy the service again")


def template_of(objects: Sequence[Object]) -> Object:
    """The pod of a release: its workload's, or that of a job where it has none."""
    pods: list[Object] = [each["spec"]["template"] for each in objects if each["kind"] in _WORKLOADS]
    pods += [each["spec"]["jobTemplate"]["spec"]["template"] for each in objects if each["kind"] == _SCHEDULED]
    if pods:
        return pods[0]
    raise OnewayError("the objects of this release hold no pod", "deploy the service again")


def has_workload(objects: Iterable[Object]) -> bool:
    """Whether anything of the release runs all the time."""
    return any(each["kind"] in _WORKLOADS for each in objects)


def task(objects: Sequence[Object], title: str, name: str, command: Sequence[str], within: int, tries: int) -> Object:
    """A Job of the release's pod with another command, that nobody reaches or asks and that ends."""
    template = copy.deepcopy(template_of(objects))
    about, spec = template["metadata"], template["spec"]
    told = {**about["labels"], TASK: name, INSTANCE: title, TRACK: title}
    about["labels"] = told
    (box,) = spec["containers"]
    for each in ("ports", "startupProbe", "readinessProbe", "livenessProbe", "lifecycle"):
        box.pop(each, None)
    for each in ("affinity", "topologySpreadConstraints"):
        spec.pop(each, None)
    box["command"] = [word.replace("$", "$$") if "$(" in word or "$$" in word else word for word in command]
    spec["restartPolicy"] = "Never"
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": title, "labels": told},
        "spec": {
            "backoffLimit": tries - 1,
            "activeDeadlineSeconds": within * tries,
            "ttlSecondsAfterFinished": _KEPT_SECONDS,
            "template": template,
        },
    }


def stamped(objects: Iterable[Object], number: int) -> tuple[Object, ...]:
    """The objects with the release's number on the pods of its workload."""
    found = []
    for each in objects:
        body = copy.deepcopy(each)
        if body["kind"] in _WORKLOADS:
            body["metadata"].setdefault("labels", {})[RELEASE] = str(number)
            body["spec"]["template"]["metadata"].setdefault("labels", {})[RELEASE] = str(number)
        elif body["kind"] == _SCHEDULED:
            made = body["spec"]["jobTemplate"]
            for part in (made["metadata"], made["spec"]["template"]["metadata"]):
                part["labels"] = {**part.get("labels", {}), RELEASE: str(number), TRACK: body["metadata"]["name"]}
        found.append(body)
    return tuple(found)


def canary_name(service: str) -> str:
    """The name of the canary workload and of what belongs to it."""
    return bounded(f"{service}-canary")


def rehearsal_name(caller: str, callee: str) -> str:
    """The name of the rehearsal in which `caller` calls the canary of `callee`."""
    return bounded(f"{caller}-with-{callee}")


def canary(objects: Sequence[Object], service: str, replicas: int) -> tuple[Object, ...]:
    """What the canary needs beside what is there: its rights on the network, a name for rehearsals, the workload."""
    name = canary_name(service)
    body = beside(workload_of(objects), name, replicas, CANARY_ORDINAL)
    extras = [_renamed(each, name, {TRACK: name}) for each in objects if each["kind"] == NETWORK_POLICY.name]
    extras += [
        _renamed(each, name, {TRACK: name})
        for each in objects
        if each["kind"] == SERVICE.name and each["metadata"]["name"] == service
    ]
    return (*extras, body)


def rehearsal(objects: Sequence[Object], caller: str, callee: str) -> Object:
    """One replica of the caller that calls the canary wherever it would call that service, and that nobody calls.

    It answers a few checks and no users, so it asks the cluster for little cpu; its limits are those of the rest.
    """
    name = rehearsal_name(caller, callee)
    body = beside(workload_of(objects), name, 1, _REHEARSAL_ORDINAL)
    for labelled in (body, body["spec"]["template"]):
        labels = labelled["metadata"]["labels"]
        labels[REHEARSES], labels[REHEARSED] = callee, labels.pop(RELEASE)
    for container in body["spec"]["template"]["spec"]["containers"]:
        requests = (container.get("resources") or {}).get("requests") or {}
        if quantity_value(requests.get("cpu", "0")) > quantity_value(_REHEARSAL_CPU):
            requests["cpu"] = _REHEARSAL_CPU
        _redirect(container.get("env") or [], callee, canary_name(callee))
    return body


def pointed(objects: Iterable[Object], service: str, number: int) -> tuple[Object, ...]:
    """The objects with the Service at exactly the pods of one release, whichever workload keeps them."""
    found = []
    for each in objects:
        if each["kind"] == SERVICE.name and each["metadata"]["name"] == service:
            body = copy.deepcopy(each)
            body["spec"]["selector"] = {NAME: service, RELEASE: str(number)}
            found.append(body)
        else:
            found.append(each)
    return tuple(found)


def beside(workload: Object, name: str, replicas: int, first_ordinal: int) -> Object:
    """The same pods under another name and track, that no Service selects and no autoscaler owns."""
    body = copy.deepcopy(workload)
    spec, template = body["spec"], body["spec"]["template"]
    own = {INSTANCE: name, TRACK: name}
    body["metadata"]["name"] = name
    body["metadata"]["labels"] = {**body["metadata"].get("labels", {}), **own}
    template["metadata"]["labels"] = {**template["metadata"].get("labels", {}), **own}
    spec["selector"] = {"matchLabels": {NAME: template["metadata"]["labels"][NAME], TRACK: name}}
    spec["replicas"], spec["minReadySeconds"] = replicas, 0
    if body["kind"] == "StatefulSet":
        spec["ordinals"] = {"start": first_ordinal}
    return body


def access(service: Service, system: System, labels: Mapping[str, str]) -> tuple[Object, ...]:
    """Each callee's permission for this caller, so that a new call works before the callee's own policy is renewed."""
    found = []
    for callee, ports in sorted(_called(service, system).items()):
        found.append(
            {
                "apiVersion": NETWORK_POLICY.api_version,
                "kind": NETWORK_POLICY.name,
                "metadata": {"name": bounded(f"{service.name}-to-{callee}"), "labels": dict(labels)},
                "spec": {
                    "podSelector": {"matchLabels": {NAME: callee}},
                    "policyTypes": ["Ingress"],
                    "ingress": [
                        {
                            "from": [{"podSelector": {"matchLabels": {NAME: service.name}}}],
                            "ports": [{"port": port, "protocol": protocol} for port, protocol in sorted(ports)],
                        }
                    ],
                },
            }
        )
    return tuple(found)


def bounded(name: str) -> str:
    """A name short enough for the labels that controllers make of it; a long one keeps its start and gains a mark."""
    if len(name) <= _MAX_NAME:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: _MAX_NAME - 9].rstrip('-')}-{mark}"


def _called(service: Service, system: System) -> dict[str, set[tuple[int, str]]]:
    called: dict[str, set[tuple[int, str]]] = {}
    for call in service.calls:
        callee = system.services.get(call.to)
        endpoint = callee.endpoint(call.endpoint) if callee is not None else None
        if endpoint is not None:
            called.setdefault(call.to, set()).add((endpoint.port, "UDP" if endpoint.protocol == "udp" else "TCP"))
    return called


def _renamed(body: Object, name: str, selector: Mapping[str, str]) -> Object:
    body = copy.deepcopy(body)
    body["metadata"]["name"] = name
    body["metadata"]["labels"] = {**body["metadata"].get("labels", {}), INSTANCE: name, TRACK: name}
    if body["kind"] == SERVICE.name:
        body["spec"]["selector"] = dict(selector)
    else:
        body["spec"]["podSelector"] = {"matchLabels": dict(selector)}
    return body


def _redirect(variables: list[Object], callee: str, canary_host: str) -> None:
    """Calls to that service go to the canary: in the table of calls, and wherever else their address stands alone."""
    tables = [each for each in variables if each["name"] == _CALLS]
    for variable in tables:
        table: dict[str, Any] = json.loads(variable["value"].replace("$$", "$"))
        led: dict[str, str] = {}
        for key, entry in table.items():
            if key.partition("/")[0] == callee:
                scheme, _, rest = entry["url"].partition("://")
                host, colon, port = rest.partition(":")
                led[entry["url"]] = f"{scheme}://{canary_host}{host.removeprefix(callee)}{colon}{port}"
                entry["url"] = led[entry["url"]]
        variable["value"] = json.dumps(table, sort_keys=True, separators=(",", ":"))
        for each in variables:
            if each.get("value") in led:
                each["value"] = led[each["value"]]
