"""Edges that somebody else has counted: service graphs in Prometheus, Hubble's flows, access logs."""

import posixpath
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from ...mentions import HASHED
from .edges import Edges

_SAMPLE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)\{(.*)\}\s+([0-9.eE+-]+)(?:\s+([0-9]+))?\s*$")
_LABEL: Final = re.compile(r'([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"')
# Name of a metric → labels of caller and callee, and whether it counts failures only.
_GRAPHS: Final = {
    "traces_service_graph_request_total": (("client",), ("server",), False),
    "traces_service_graph_request_failed_total": (("client",), ("server",), True),
    "istio_requests_total": (
        ("source_workload", "source_app", "source_canonical_service"),
        ("destination_workload", "destination_service_name", "destination_app"),
        False,
    ),
    "istio_tcp_connections_opened_total": (("source_workload",), ("destination_workload",), False),
    "linkerd_route_request_total": (("deployment",), ("dst_deployment",), False),
    "servicegraph_request_total": (("client",), ("server",), False),
}
_NOBODY: Final = ("", "unknown", "user")
_CALLER: Final = re.compile(r"([a-z][a-z0-9-]{0,49})/[0-9]")
_HASHED: Final = re.compile(r"[0-9a-f]{8}")


def is_prometheus(start: bytes) -> bool:
    """Whether a file holds metrics of a service graph, as text or as the answer to a query."""
    return any(name.encode() in start for name in _GRAPHS)


def prometheus(lines: Iterator[bytes], edges: Edges) -> None:
    """Counts from samples; of the same sample at several times the last is taken, and both reporters are one."""
    found: dict[tuple[str, str, str, str], float] = {}
    for line in lines:
        for name, labels, value in _samples(line):
            callers, callees, _ = _GRAPHS[name]
            source = next((labels[key] for key in callers if labels.get(key) not in (None, *_NOBODY)), "")
            target = next((labels[key] for key in callees if labels.get(key) not in (None, *_NOBODY)), "")
            if target and labels.get("reporter", "destination") != "source":
                rest = ",".join(f"{key}={labels[key]}" for key in sorted(labels))
                found[name, source, target, rest] = value
    for (name, source, target, rest), value in found.items():
        failed = _GRAPHS[name][2]
        wrong = int(value) if failed or re.search(r"(response_code|status_code)=5", rest) else 0
        if source:
            edges.add((source, target), 0 if failed else int(value), wrong)
        else:
            edges.enter(target, 0 if failed else int(value), wrong)


def _samples(line: bytes) -> Iterator[tuple[str, dict[str, str], float]]:
    text = line.decode("utf-8", "replace").strip()
    if text.startswith(("{", "[")):
        document: Any = msgspec.json.decode(line)
        results = document.get("data", {}).get("result", []) if "data" in document else [document]
        for each in results:
            labels = dict(each.get("metric") or {})
            value = (each.get("values") or [each.get("value") or [0, "0"]])[-1][1]
            if labels.get("__name__") in _GRAPHS:
                yield labels.pop("__name__"), labels, float(value)
        return
    match = _SAMPLE.match(text)
    if match and match[1] in _GRAPHS:
        yield match[1], dict(_LABEL.findall(match[2])), float(match[3])


def is_hubble(start: bytes) -> bool:
    """Whether a file holds Hubble's flows."""
    return b'"flow"' in start or b'"traffic_direction"' in start


def hubble(lines: Iterator[bytes], edges: Edges) -> None:
    """Counts of flows that were forwarded, requests only; dropped ones count as errors."""
    for line in lines:
        flow = msgspec.json.decode(line)
        flow = flow.get("flow", flow)
        source, target = _workload(flow.get("source") or {}), _workload(flow.get("destination") or {})
        if source and target and not flow.get("is_reply"):
            dropped = flow.get("verdict") == "DROPPED"
            edges.add((source, target), 1, int(dropped), _seconds(flow.get("time")))


def _workload(end: dict[str, Any]) -> str:
    named = [str(each.get("name")) for each in end.get("workloads") or () if each.get("name")]
    if named:
        return named[0]
    labels = dict(str(each).removeprefix("k8s:").partition("=")[::2] for each in end.get("labels") or ())
    known = labels.get("app.kubernetes.io/name") or labels.get("app") or labels.get("k8s-app")
    return known or re.sub(r"(-[a-f0-9]{6,10})?-[a-z0-9]{5}$", "", str(end.get("pod_name") or ""))


def is_access_log(start: bytes) -> bool:
    """Whether a file is the access log of a front door on this machine."""
    return b'"http.log.access' in start


def access_log(lines: Iterator[bytes], edges: Edges, file: str) -> None:
    """Requests that say which service made them, to the service whose log this is."""
    for line in lines:
        said = msgspec.json.decode(line)
        logger = str(said.get("logger") or "").rpartition("http.log.access.")[2]
        target = logger.removeprefix("access-") or posixpath.basename(file).partition(".")[0]
        caller = _caller(said)
        edges.services.add(target)
        if said.get("own"):
            continue
        failed = int(said.get("status") or 0) >= 500 and said.get("caused") != "caller"
        at = said.get("ts") if isinstance(said.get("ts"), int | float) else None
        if not caller:
            edges.enter(target, 1, int(failed), at)
        else:
            edges.add((caller, target), 1, int(failed), at, said.get("duration"))


def _caller(said: dict[str, Any]) -> str:
    """The service that asked, as it says itself; this machine's front door writes its name's hash only."""
    agents = ((said.get("request") or {}).get("headers") or {}).get("User-Agent") or [""]
    written = str(said.get("caller") or agents[0])
    if _HASHED.fullmatch(written):
        return f"{HASHED}{written}"
    match = _CALLER.match(written)
    return match[1] if match else ""


def _seconds(text: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except ValueError:
        return None
