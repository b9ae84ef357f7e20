"""A cluster in this process: an API server on loopback with watches, server-side apply, leases, a pod proxy and logs.

Its answers are compared with recorded ones of a real API server in test_kubernetes_stand_in.py. Controllers and the
kubelet are played by stand_in_nodes.py.
"""

import copy
import json
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from stand_in_ownership import Object, Ownership

KINDS = {
    "pods": "Pod",
    "services": "Service",
    "configmaps": "ConfigMap",
    "secrets": "Secret",
    "events": "Event",
    "serviceaccounts": "ServiceAccount",
    "namespaces": "Namespace",
    "deployments": "Deployment",
    "statefulsets": "StatefulSet",
    "networkpolicies": "NetworkPolicy",
    "ingresses": "Ingress",
    "poddisruptionbudgets": "PodDisruptionBudget",
    "horizontalpodautoscalers": "HorizontalPodAutoscaler",
    "httproutes": "HTTPRoute",
    "leases": "Lease",
    "persistentvolumeclaims": "PersistentVolumeClaim",
    "jobs": "Job",
    "cronjobs": "CronJob",
    "endpointslices": "EndpointSlice",
}
Key = tuple[str, str]
Serve = Callable[[str, str, int, str, bytes, dict[str, str]], tuple[int, dict[str, str], bytes]]


class Refusal(Exception):
    """A Status that is no success."""

    def __init__(self, code: int, reason: str, message: str, details: Object | None = None, after: int = 0) -> None:
        super().__init__(message)
        self.code, self.after = code, after
        self.status: Object = {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": message,
            "reason": reason,
            "details": details or {},
            "code": code,
        }


@dataclass
class Fault:
    """What befalls the next requests whose method and path match: a refusal, or a cut connection."""

    method: str
    part: str
    times: int
    refusal: Refusal | None = None


@dataclass
class Cluster:
    """Objects, their owners and their history. `serve` answers requests to pods; `logs` holds what pods printed."""

    objects: dict[Key, Object] = field(default_factory=dict)
    owners: dict[Key, Ownership] = field(default_factory=dict)
    history: list[tuple[int, str, str, Object]] = field(default_factory=list)
    version: int = 100
    compacted: int = 0
    denied: set[tuple[str, str]] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    logs: dict[str, list[str]] = field(default_factory=dict)
    serve: Serve = lambda *_: (503, {}, b"")
    changed: threading.Condition = field(default_factory=lambda: threading.Condition(threading.RLock()))
    cut: int = 0
    down: bool = False
    has_gateways: bool = False

    def all(self, plural: str) -> list[Object]:
        with self.changed:
            return [copy.deepcopy(body) for (kind, _), body in sorted(self.objects.items()) if kind == plural]

    def peek(self, plural: str) -> list[Object]:
        """The objects themselves, for those who hold the lock and only read."""
        return [body for (kind, _), body in sorted(self.objects.items(), key=_by_key) if kind == plural]

    def copy(self) -> "Cluster":
        """Another cluster in the same state, that nobody watches yet."""
        with self.changed:
            return Cluster(
                objects=copy.deepcopy(self.objects),
                owners=copy.deepcopy(self.owners),
                version=self.version,
                compacted=self.version,
                logs=copy.deepcopy(self.logs),
            )

    def get(self, plural: str, name: str) -> Object | None:
        with self.changed:
            return copy.deepcopy(self.objects.get((plural, name)))

    def store(self, plural: str, body: Object, event: str = "") -> Object:
        """Keep an object under the next version, and tell those who watch."""
        with self.changed:
            self.version += 1
            key = (plural, body["metadata"]["name"])
            before = self.objects.get(key)
            metadata = body["metadata"]
            metadata["resourceVersion"] = str(self.version)
            metadata.setdefault("uid", str(uuid.uuid4()))
            metadata.setdefault("creationTimestamp", datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
            if "spec" in body:
                same = before is not None and before.get("spec") == body["spec"]
                metadata["generation"] = (before or body)["metadata"].get("generation", 0) + (0 if same else 1)
            owned = self.owners.get(key)
            if owned is not None:
                metadata["managedFields"] = owned.written(body["apiVersion"])
            self.objects[key] = body
            self.history.append(
                (self.version, plural, event or ("MODIFIED" if before else "ADDED"), copy.deepcopy(body))
            )
            self.changed.notify_all()
            return copy.deepcopy(body)

    def drop(self, plural: str, name: str) -> None:
        """Remove an object, and tell those who watch."""
        with self.changed:
            body = self.objects.pop((plural, name), None)
            self.owners.pop((plural, name), None)
            if body is not None:
                self.version += 1
                body["metadata"]["resourceVersion"] = str(self.version)
                self.history.append((self.version, plural, "DELETED", copy.deepcopy(body)))
                self.changed.notify_all()

    def forget(self) -> None:
        """Compact the history: watches from before now get 410."""
        with self.changed:
            self.compacted = self.version
            self.history.clear()

    def cut_watches(self) -> None:
        """Every watch under way loses its connection."""
        with self.changed:
            self.cut += 1
            self.changed.notify_all()


class StandIn:
    """The API server of a cluster, at a port of loopback; it can be stopped and started again at the same place."""

    def __init__(self, cluster: Cluster) -> None:
        self.cluster = cluster
        self._server: ThreadingHTTPServer | None = None
        self.port = 0
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        server = _Server(("127.0.0.1", self.port), _handler(self.cluster))
        self._server, self.port = server, server.server_address[1]
        self.cluster.down = False
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self.cluster.down = True
            self.cluster.cut_watches()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def kubeconfig(self, context: str = "test") -> str:
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "another",
                "clusters": [{"name": "c", "cluster": {"server": self.url}}],
                "users": [{"name": "u", "user": {"token": "t"}}],
                "contexts": [
                    {"name": context, "context": {"cluster": "c", "user": "u"}},
                    {"name": "another", "context": {"cluster": "c", "user": "u"}},
                ],
            }
        )


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no event."""


@dataclass(frozen=True)
class _Place:
    group: str
    version: str
    plural: str
    name: str
    part: str
    rest: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def resource(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


def _place(path: str) -> _Place:
    steps = [unquote(each) for each in path.strip("/").split("/")]
    group, version, rest = ("", steps[1], steps[2:]) if steps[0] == "api" else (steps[1], steps[2], steps[3:])
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = rest[2:]
    name = rest[1] if len(rest) > 1 else ""
    return _Place(group, version, rest[0], name, rest[2] if len(rest) > 2 else "", "/" + "/".join(rest[3:]))


def _handler(cluster: Cluster) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            return

        def do_GET(self) -> None:
            self._answer()

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            url = urlsplit(self.path)
            query = dict(parse_qsl(url.query))
            with cluster.changed:
                cluster.requests.append((self.command, url.path, query))
            try:
                if self._is_cut(url.path):
                    return
                self._route(url.path, url.query, query, body)
            except Refusal as refusal:
                headers = {"Retry-After": str(refusal.after)} if refusal.after else {}
                self._json(refusal.code, refusal.status, headers)

        def _is_cut(self, path: str) -> bool:
            if cluster.down:
                self.connection.shutdown(socket.SHUT_RDWR)
                self.close_connection = True
                return True
            for fault in cluster.faults:
                if fault.times and fault.method == self.command and fault.part in path:
                    fault.times -= 1
                    if fault.refusal is not None:
                        raise fault.refusal
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return True
            return False

        def _route(self, path: str, raw_query: str, query: dict[str, str], body: bytes) -> None:
            if path == "/version":
                return self._json(200, {"major": "1", "minor": "36"})
            place = _place(path)
            if place.plural.startswith("selfsubject"):
                return self._json(201, {"kind": "SelfSubjectRulesReview", "status": _rules(cluster)})
            if place.plural not in KINDS or (place.plural == "httproutes" and not cluster.has_gateways):
                return self._send(404, b"404 page not found\n", "text/plain; charset=utf-8")
            self._admit(place, query)
            if place.part == "proxy":
                return self._proxy(place, raw_query, body)
            if place.part == "log":
                return self._log(place, query)
            if self.command == "GET" and query.get("watch") == "true":
                return self._watch(place, query)
            status, answer = _change(cluster, self.command, place, query, body, self.headers.get("Content-Type", ""))
            return self._json(status, answer)

        def _admit(self, place: _Place, query: dict[str, str]) -> None:
            verb = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}.get(self.command, "get")
            if self.command == "GET" and not place.name:
                verb = "watch" if query.get("watch") == "true" else "list"
            resource = place.plural + (f"/{place.part}" if place.part else "")
            if (verb, resource) in cluster.denied:
                what = f'{place.resource} "{place.name}"' if place.name else place.resource
                raise Refusal(
                    403,
                    "Forbidden",
                    f'{what} is forbidden: User "alice" cannot {verb} resource "{resource}" in API group '
                    f'"{place.group}" in the namespace "{_namespace(self.path)}"',
                    {k: v for k, v in (("name", place.name), ("group", place.group), ("kind", place.plural)) if v},
                )

        def _proxy(self, place: _Place, raw_query: str, body: bytes) -> None:
            pod, _, port = place.name.partition(":")
            if cluster.get("pods", pod) is None:
                raise Refusal(404, "NotFound", f'pods "{pod}" not found', {"name": pod, "kind": "pods"})
            path = place.rest + (f"?{raw_query}" if raw_query else "")
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, found, content = cluster.serve(pod, self.command, int(port), path, body, headers)
            if status == 0:
                message = f"error trying to reach service: dial tcp 10.0.0.9:{port}: connect: connection refused"
                raise Refusal(503, "ServiceUnavailable", message)
            location = found.get("location", "")
            onward = f"{self.path.partition('/proxy')[0]}/proxy{location}" if location.startswith("/") else location
            onward_header = {"Location": onward} if onward else {}
            self._send(status, content, found.get("content-type", "application/json"), onward_header)

        def _log(self, place: _Place, query: dict[str, str]) -> None:
            if cluster.get("pods", place.name) is None:
                raise Refusal(404, "NotFound", f'pods "{place.name}" not found', {"name": place.name, "kind": "pods"})
            key = f"{place.name}/previous" if query.get("previous") == "true" else place.name
            if key not in cluster.logs:
                message = f'previous terminated container "x" in pod "{place.name}" not found'
                raise Refusal(400, "BadRequest", message)
            lines = cluster.logs[key]
            if query.get("timestamps") == "true":
                lines = [f"2026-01-01T00:00:{index:02}.000000000Z {line}" for index, line in enumerate(lines)]
                lines = [line for line in lines if line >= query.get("sinceTime", "")]
            lines = lines[-int(query.get("tailLines", "100000")) :]
            self._send(200, "".join(f"{line}\n" for line in lines).encode(), "text/plain")

        def _watch(self, place: _Place, query: dict[str, str]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.flush()
            for event in _events(cluster, place, query):
                line = json.dumps(event).encode() + b"\n"
                self.wfile.write(f"{len(line):x}\r\n".encode() + line + b"\r\n")
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")

        def _json(self, status: int, answer: Object, headers: dict[str, str] | None = None) -> None:
            self._send(status, json.dumps(answer).encode(), "application/json", headers)

        def _send(self, status: int, body: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

    return Handler


def _events(cluster: Cluster, place: _Place, query: dict[str, str]) -> Iterator[Object]:
    since, until = int(query.get("resourceVersion") or 0), time.monotonic() + float(query.get("timeoutSeconds", "60"))
    with cluster.changed:
        cut = cluster.cut
    seen: set[str] = {each["metadata"]["name"] for each in cluster.all(place.plural) if _selected(each, query)}
    while time.monotonic() < until:
        with cluster.changed:
            if cluster.cut != cut:
                return
            if since < cluster.compacted:
                message = f"too old resource version: {since} ({cluster.compacted})"
                yield {"type": "ERROR", "object": Refusal(410, "Expired", message).status}
                return
            news = [each for each in cluster.history if each[0] > since]
            if not news:
                cluster.changed.wait(min(0.5, max(0.0, until - time.monotonic())))
                continue
        for version, plural, kind, body in news:
            since = version
            if plural == place.plural and (event := _seen(kind, body, query, seen)):
                yield {"type": event, "object": {"apiVersion": place.api_version, "kind": KINDS[plural], **body}}
    yield {"type": "BOOKMARK", "object": {"kind": KINDS[place.plural], "metadata": {"resourceVersion": str(since)}}}


def _seen(kind: str, body: Object, query: dict[str, str], seen: set[str]) -> str:
    """An object that enters the selection is ADDED, and one that leaves it is DELETED."""
    name, selected = body["metadata"]["name"], _selected(body, query)
    if kind == "DELETED" or not selected:
        was = name in seen or selected
        seen.discard(name)
        return "DELETED" if was else ""
    event = "MODIFIED" if name in seen else "ADDED"
    seen.add(name)
    return event


def _change(
    cluster: Cluster, method: str, place: _Place, query: dict[str, str], body: bytes, content_type: str
) -> tuple[int, Object]:
    from stand_in_writes import apply, create, delete, listing, merge, read, replace

    value = json.loads(body) if body else {}
    with cluster.changed:
        if method == "GET":
            return (200, read(cluster, place)) if place.name else (200, listing(cluster, place, query))
        if method == "POST":
            return 201, create(cluster, place, value, query)
        if method == "PUT":
            return 200, replace(cluster, place, value, query)
        if method == "DELETE":
            return 200, delete(cluster, place, value)
        if "apply" in content_type:
            return apply(cluster, place, value, query)
        return 200, merge(cluster, place, value, query)


def _selected(body: Object, query: dict[str, str]) -> bool:
    labels = body["metadata"].get("labels") or {}
    return all(_matches(labels, term) for term in _terms(query.get("labelSelector", ""))) and all(
        _field(body, name) == value
        for name, _, value in (each.partition("=") for each in query.get("fieldSelector", "").split(",") if each)
    )


def _terms(selector: str) -> list[str]:
    terms, depth, start = [], 0, 0
    for index, character in enumerate(selector):
        depth += (character == "(") - (character == ")")
        if character == "," and depth == 0:
            terms.append(selector[start:index])
            start = index + 1
    return [each for each in (*terms, selector[start:]) if each]


def _matches(labels: dict[str, str], term: str) -> bool:
    if " in (" in term:
        name, _, values = term.partition(" in (")
        return labels.get(name) in [each.strip() for each in values.rstrip(")").split(",")]
    if term.startswith("!"):
        return term[1:] not in labels
    name, equals, value = term.partition("=")
    return labels.get(name) == value if equals else name in labels


def _field(body: Object, path: str) -> str:
    here: Any = body
    for step in path.split("."):
        here = (here or {}).get(step)
    return str(here)


def _namespace(path: str) -> str:
    steps = path.split("/")
    return steps[steps.index("namespaces") + 1] if "namespaces" in steps else ""


def _rules(cluster: Cluster) -> Object:
    verbs = ("get", "list", "watch", "create", "update", "patch", "delete")
    resources = (*KINDS, "pods/log", "pods/proxy", "servicemonitors")
    rules = [
        {
            "apiGroups": ["*"],
            "resources": [resource],
            "verbs": [verb for verb in verbs if (verb, resource) not in cluster.denied],
        }
        for resource in resources
    ]
    return {"resourceRules": rules, "nonResourceRules": [], "incomplete": False}


def _by_key(entry: tuple[Key, Object]) -> Key:
    return entry[0]


selected = _selected
Place = _Place
