"""The controllers and the kubelet of the stand-in: workloads become pods, pods run programs, Services find them.

A pod runs what the last three words of its command say: how it behaves, its version, its port. The same words start a
real program on real clusters, so one set of tests serves both.
"""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from stand_in_cluster import Cluster
from stand_in_ownership import Object

TICK = 0.01
READYZ = {"unready": (503, ""), "moved": (302, "/livez"), "lost": (302, "/gone")}
"""What the modes answer at their readiness path, and where a redirect leads."""

READY_TICKS = 2
GOING_TICKS = 2
SETTLED_TICKS = 8
TASK_TICKS = 5
CRASHES = {"crash": 7, "flap": 9}
_NOON = "2026-01-01T12:00:00Z"


class Nodes:
    """Moves a cluster on, tick by tick; `frozen` holds everything still."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self.frozen = False
        self._ages: dict[str, int] = {}
        self._ended = threading.Event()
        cluster.serve = self.serve
        self._thread = threading.Thread(target=self._run, daemon=True)

    @contextmanager
    def running(self) -> Iterator["Nodes"]:
        self._thread.start()
        try:
            yield self
        finally:
            self._ended.set()
            self._thread.join()

    def serve(
        self, pod: str, method: str, port: int, path: str, body: bytes, headers: dict[str, str]
    ) -> tuple[int, dict[str, str], bytes]:
        """What the program in the pod answers."""
        with self.cluster.changed:
            found = self.cluster.objects.get(("pods", pod))
        if found is None or not _running(found):
            return 0, {}, b""
        mode, version = _words(found)
        if path == "/readyz":
            status, location = READYZ.get(mode, (200, ""))
            return status, {"content-type": "application/json"} | ({"location": location} if location else {}), b"{}"
        if path == "/v":
            answer = {"answer": 41 if mode == "wrong" else 42, "format": 2 if mode == "breaking" else 1}
            return _json(200, {**answer, "version": version, "pod": pod})
        if path == "/":
            return 500 if mode == "error" else 200, {"content-type": "text/plain"}, version.encode()
        if path == "/call":
            return self._call(found)
        return _json(200 if path == "/livez" else 404, {})

    def _call(self, pod: Object) -> tuple[int, dict[str, str], bytes]:
        container = pod["spec"]["containers"][0]
        calls = json.loads(next(each["value"] for each in container["env"] if each["name"] == "ONEWAY_CALLS"))
        found = {}
        for name, call in calls.items():
            host = call["url"].split("//")[1].split(":")[0]
            behind = _behind(self.cluster, host)
            if not behind:
                return _json(502, {"error": f"{host} has no endpoint"})
            found[name] = json.loads(self.serve(behind[0], "GET", 8080, "/v", b"", {})[2] or b"{}")
        if "plain" in container["command"]:
            return 200, {"content-type": "text/plain"}, "".join(each["version"] for each in found.values()).encode()
        return _json(200, found)

    def _run(self) -> None:
        idle, version = 0, -1
        while not self._ended.wait(TICK):
            idle = 0 if self.cluster.version != version else idle + 1
            if not self.frozen and (idle < SETTLED_TICKS or idle % SETTLED_TICKS == 0 or self._restless()):
                with self.cluster.changed:
                    self._tick()
                    version = self.cluster.version if idle else -1

    def _restless(self) -> bool:
        with self.cluster.changed:
            return any(_words(each)[0] in CRASHES for each in self.cluster.peek("pods"))

    def _tick(self) -> None:
        for plural in ("deployments", "statefulsets"):
            for workload in self.cluster.peek(plural):
                self._autoscale(plural, workload)
                self._workload(plural, workload)
        for job in self.cluster.peek("jobs"):
            self._job(job)
        for pod in self.cluster.peek("pods"):
            self._pod(pod)
        for service in self.cluster.peek("services"):
            self._endpoints(service)

    def _job(self, job: Object) -> None:
        """One pod, and the condition that follows from its end; another one where it may try again."""
        if job.get("status", {}).get("conditions"):
            return
        name = job["metadata"]["name"]
        pods = [each for each in self.cluster.peek("pods") if _owner(each) == ("jobs", name)]
        ended = [each for each in pods if each["status"].get("phase") in ("Succeeded", "Failed")]
        failed = [each for each in ended if each["status"]["phase"] == "Failed"]
        status: Object = {"startTime": "2026-01-01T00:00:00Z", "failed": len(failed)}
        if len(ended) > len(failed) or len(failed) > job["spec"]["backoffLimit"]:
            kind = "Complete" if len(ended) > len(failed) else "Failed"
            about = {"type": kind, "status": "True", "reason": "BackoffLimitExceeded", "lastTransitionTime": _NOON}
            status["conditions"] = [about]
        elif len(pods) == len(failed):
            self.cluster.version += 1
            self._make("jobs", _labelled(job), "", f"{name}-{self.cluster.version}")
        if job.get("status") != status:
            self.cluster.store("jobs", {**job, "metadata": dict(job["metadata"]), "status": status})

    def _autoscale(self, plural: str, workload: Object) -> None:
        scaler = self.cluster.get("horizontalpodautoscalers", workload["metadata"]["name"])
        least = scaler["spec"]["minReplicas"] if scaler else 0
        if scaler and workload["spec"]["replicas"] < least:
            before, workload = workload, json.loads(json.dumps(workload))
            workload["spec"]["replicas"] = least
            owners = self.cluster.owners[(plural, workload["metadata"]["name"])]
            owners.update(before, workload, "kube-controller-manager")
            self.cluster.store(plural, workload)

    def _workload(self, plural: str, workload: Object) -> None:
        name, spec = workload["metadata"]["name"], workload["spec"]
        mark = hashlib.sha256(json.dumps(spec["template"], sort_keys=True).encode()).hexdigest()[:8]
        pods = [each for each in self.cluster.peek("pods") if _owner(each) == (plural, name)]
        new = [each for each in pods if each["metadata"]["labels"]["pod-template-hash"] == mark]
        old = [each for each in pods if each not in new]
        staying = [each for each in new if not _going(each)]
        self._scale(plural, workload, mark, staying, [each for each in old if not _going(each)], pods)
        ready = [each for each in staying if _ready(each)]
        status = {
            "observedGeneration": workload["metadata"]["generation"],
            "replicas": len([each for each in pods if not _going(each)]),
            "updatedReplicas": len(staying),
            "readyReplicas": len(ready),
            "availableReplicas": len([each for each in pods if _ready(each)]),
            "updateRevision": mark,
            "currentRevision": mark if not old else "before",
        }
        if workload.get("status") != status:
            self.cluster.store(plural, {**workload, "metadata": dict(workload["metadata"]), "status": status})

    def _scale(
        self, plural: str, workload: Object, mark: str, new: list[Object], old: list[Object], pods: list[Object]
    ) -> None:
        """One pod more at a time, an old one going when a new one is ready; a stable identity is replaced in place."""
        name, wanted = workload["metadata"]["name"], workload["spec"]["replicas"]
        if plural == "statefulsets":
            start = (workload["spec"].get("ordinals") or {}).get("start", 0)
            taken = {each["metadata"]["name"] for each in pods}
            missing = [f"{name}-{start + index}" for index in range(wanted) if f"{name}-{start + index}" not in taken]
            if missing:
                self._make(plural, workload, mark, missing[0])
            elif old and all(_ready(each) for each in new):
                self._end(old[-1])
        elif len(new) < wanted and len(new) + len(old) < wanted + 1:
            self.cluster.version += 1
            self._make(plural, workload, mark, f"{name}-{mark}-{self.cluster.version}")
        elif old and len([each for each in new if _ready(each)]) + len(old) > wanted:
            self._end(next((each for each in old if not _ready(each)), old[0]))
        for extra in sorted(new, key=lambda each: str(each["metadata"]["name"]))[wanted:]:
            self._end(extra)

    def _make(self, plural: str, workload: Object, mark: str, name: str) -> None:
        template = json.loads(json.dumps(workload["spec"]["template"]))
        labels = {**template["metadata"]["labels"], "pod-template-hash": mark}
        owner = {"kind": plural, "name": workload["metadata"]["name"], "uid": workload["metadata"]["uid"]}
        metadata = {"name": name, "labels": labels, "ownerReferences": [owner]}
        body = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
        self.cluster.store("pods", {**body, "status": {"phase": "Pending"}})
        self._ages[name] = 0

    def _end(self, pod: Object) -> None:
        if not _going(pod):
            metadata = {**pod["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}
            self.cluster.store("pods", {**pod, "metadata": metadata})
            self._ages[pod["metadata"]["name"]] = 0

    def _pod(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        plural, owner = _owner(pod)
        age = self._ages[name] = self._ages.get(name, SETTLED_TICKS) + 1
        keeper = self.cluster.get(plural, owner)
        orphaned = keeper is None or keeper["metadata"]["uid"] != pod["metadata"]["ownerReferences"][0]["uid"]
        if orphaned and not _going(pod):
            self._end(pod)
            return
        if _going(pod):
            if age > GOING_TICKS:
                self.cluster.drop("pods", name)
            return
        if plural == "jobs":
            self._end_task(pod, age)
            return
        status = _status(pod, *_words(pod), age)
        if status != pod["status"]:
            self.cluster.logs[name] = [f"{owner} started", *(["boom: no database"] if status["crashed"] else [])]
            if status["crashed"]:
                self.cluster.logs[f"{name}/previous"] = self.cluster.logs[name]
            self.cluster.store("pods", {**pod, "metadata": dict(pod["metadata"]), "status": status})

    def _end_task(self, pod: Object, age: int) -> None:
        """A task runs for a moment, and fails where its command says so."""
        if age < TASK_TICKS or pod["status"].get("phase") in ("Succeeded", "Failed"):
            return
        name, fails = pod["metadata"]["name"], "fail" in pod["spec"]["containers"][0].get("command", ())
        ended = {"terminated": {"exitCode": 1 if fails else 0, "finishedAt": _NOON}}
        self.cluster.logs[name] = ["the table is locked" if fails else "done"]
        status = {
            "phase": "Failed" if fails else "Succeeded",
            "containerStatuses": [{"name": pod["spec"]["containers"][0]["name"], "ready": False, "state": ended}],
        }
        self.cluster.store("pods", {**pod, "metadata": dict(pod["metadata"]), "status": status})

    def _endpoints(self, service: Object) -> None:
        name = service["metadata"]["name"]
        selector = service["spec"]["selector"]
        pods = [
            each
            for each in self.cluster.peek("pods")
            if selector.items() <= each["metadata"]["labels"].items() and _ready(each)
        ]
        slices = {
            "apiVersion": "discovery.k8s.io/v1",
            "kind": "EndpointSlice",
            "metadata": {"name": f"{name}-slice", "labels": {"kubernetes.io/service-name": name}},
            "ports": [{"name": each["name"], "port": 8080} for each in service["spec"].get("ports", ())],
            "endpoints": [
                {"conditions": {"ready": True}, "targetRef": {"kind": "Pod", "name": each["metadata"]["name"]}}
                for each in pods
            ],
        }
        before = self.cluster.objects.get(("endpointslices", f"{name}-slice"))
        if before is None or before["endpoints"] != slices["endpoints"]:
            self.cluster.store("endpointslices", slices)


def _probe_passes(mode: str) -> bool:
    """As a kubelet judges: 200 to 399, after redirects on the same host."""
    status, location = READYZ.get(mode, (200, ""))
    return 200 <= status < 400 and location in ("", "/livez")


def _status(pod: Object, mode: str, version: str, age: int) -> Object:
    """Shapes as in the recorded pods of a real cluster."""
    name = pod["spec"]["containers"][0]["name"]
    ready, restarts = age > READY_TICKS, 0
    state: Object = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
    last: Object = {}
    if mode == "noimage":
        ready = False
        image = pod["spec"]["containers"][0]["image"]
        state = {"waiting": {"reason": "ImagePullBackOff", "message": f'Back-off pulling image "{image}"'}}
    elif mode in CRASHES and (mode == "crash" or age > 60):
        ready, restarts = mode == "flap" and age % 30 > 5, 1 + age // 30
        last = {"terminated": {"exitCode": CRASHES[mode], "reason": "Error", "finishedAt": "2099-01-01T00:00:00Z"}}
        if mode == "crash":
            state = {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 10s restarting failed container"}}
    elif not _probe_passes(mode):
        ready = False
    container = {
        "name": name,
        "ready": ready,
        "started": age > 1,
        "restartCount": restarts,
        "state": state,
        "lastState": last,
    }
    return {
        "phase": "Running" if "running" in state else "Pending",
        "startTime": "2026-01-01T00:00:00Z",
        "conditions": [{"type": "Ready", "status": "True" if ready else "False"}],
        "containerStatuses": [container],
        "crashed": bool(last),
    }


def _behind(cluster: Cluster, service: str) -> list[str]:
    slices: Any = cluster.get("endpointslices", f"{service}-slice") or {"endpoints": []}
    return [each["targetRef"]["name"] for each in slices["endpoints"]]


def _words(pod: Object) -> tuple[str, str]:
    container = pod["spec"]["containers"][0]
    words = container.get("command", ())[-3:-1]
    mode, version = words if len(words) == 2 else ("good", "")
    return ("noimage" if container["image"].endswith("nothing:9") else mode), version


def _labelled(job: Object) -> Object:
    """The Job with the label on its pods by which they are found."""
    body: Object = json.loads(json.dumps(job))
    body["spec"]["template"]["metadata"].setdefault("labels", {})["job-name"] = job["metadata"]["name"]
    return body


def _owner(pod: Object) -> tuple[str, str]:
    owner = pod["metadata"]["ownerReferences"][0]
    return owner["kind"], owner["name"]


def _going(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _running(pod: Object) -> bool:
    return any("running" in each["state"] for each in pod["status"].get("containerStatuses", ()))


def _ready(pod: Object) -> bool:
    return not _going(pod) and any(each.get("ready") for each in pod["status"].get("containerStatuses", ()))


def _json(status: int, body: Object) -> tuple[int, dict[str, str], bytes]:
    return status, {"content-type": "application/json"}, json.dumps(body).encode()
