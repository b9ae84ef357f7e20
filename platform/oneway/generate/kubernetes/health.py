"""How the kubelet asks a replica whether it started, can answer, and is alive."""

import math
from dataclasses import dataclass
from typing import Final

from ...model import Endpoint, Service
from ...model.backings import readiness_of
from .api.pods import Exec, Grpc, HttpGet, Probe, TcpSocket
from .labels import port_name

_STARTUP_PERIOD: Final = 5
_READY_PERIOD: Final = 5
_TIMEOUT: Final = 2
_COMMAND_PERIOD: Final = 10
_COMMAND_TIMEOUT: Final = 5
_LIVE_PERIOD: Final = 30


@dataclass(frozen=True, slots=True)
class Probes:
    """All None for a service without an endpoint that can be asked."""

    startup: Probe | None = None
    ready: Probe | None = None
    live: Probe | None = None


def probes_of(service: Service) -> Probes:
    """Paths where the manifest declares them; for the rest a gRPC health request or a connection."""
    health = service.health
    endpoint = service.endpoint(health.endpoint)
    tries = max(1, math.ceil(health.startup.within / _STARTUP_PERIOD))
    if command := readiness_of(service):
        return _by_command(command, tries)
    if endpoint is None or endpoint.protocol == "udp":
        return Probes()
    if health.metric is not None and health.ready is None:
        return Probes(
            startup=_probe(endpoint, health.metric.path, _STARTUP_PERIOD, tries),
            ready=_probe(endpoint, health.metric.path, _READY_PERIOD),
            live=_probe(endpoint, health.live, max(1, math.ceil(health.liveness.every)), health.liveness.failures),
        )
    return Probes(
        startup=_probe(endpoint, health.startup.path or health.ready, _STARTUP_PERIOD, tries),
        ready=_probe(endpoint, health.ready, _READY_PERIOD),
        live=_probe(
            endpoint,
            health.live,
            max(1, math.ceil(health.liveness.every)),
            health.liveness.failures,
            max(1, math.ceil(health.liveness.within)),
        ),
    )


def _by_command(command: tuple[str, ...], tries: int) -> Probes:
    asked = Exec(command=command)
    return Probes(
        startup=Probe(
            command=asked, period_seconds=_STARTUP_PERIOD, timeout_seconds=_COMMAND_TIMEOUT, failure_threshold=tries
        ),
        ready=Probe(command=asked, period_seconds=_COMMAND_PERIOD, timeout_seconds=_COMMAND_TIMEOUT),
        live=Probe(command=asked, period_seconds=_LIVE_PERIOD, timeout_seconds=_COMMAND_TIMEOUT, failure_threshold=6),
    )


def _probe(endpoint: Endpoint, path: str | None, period: int, tries: int = 3, timeout: int = _TIMEOUT) -> Probe:
    port = port_name(endpoint.name)
    http = HttpGet(path=path, port=port) if path and endpoint.protocol == "http" else None
    grpc = Grpc(port=endpoint.port) if endpoint.protocol == "grpc" else None
    return Probe(
        http_get=http,
        grpc=grpc,
        tcp_socket=None if http or grpc else TcpSocket(port=port),
        period_seconds=period,
        timeout_seconds=timeout,
        failure_threshold=tries,
    )
