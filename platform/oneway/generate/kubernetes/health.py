"""How the kubelet asks a replica whether it started, can answer, and is alive."""

import math
from dataclasses import dataclass
from typing import Final

from ...model import Endpoint, Service
from .api.pods import Grpc, HttpGet, Probe, TcpSocket
from .labels import port_name

_STARTUP_PERIOD: Final = 5
_READY_PERIOD: Final = 5
_TIMEOUT: Final = 2


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
    if endpoint is None or endpoint.protocol == "udp":
        return Probes()
    tries = max(1, math.ceil(health.startup.within / _STARTUP_PERIOD))
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
