"""What the service counts besides what every service does: stages, the queue, refusals."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.registry import Collector

from caption_service.engine import Lanes

BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Measures:
    """Give `collectors` to the service."""

    def __init__(self, lanes: Lanes) -> None:
        self._stages = Histogram(
            "caption_stage_seconds",
            "Time per stage of describing a picture.",
            ("stage",),
            buckets=BUCKETS,
            registry=None,
        )
        self._sources = Counter(
            "captions", "Pictures described, by where the words come from.", ("source",), registry=None
        )
        self._refusals = Counter("caption_refusals", "Pictures not described, by reason.", ("reason",), registry=None)
        waiting = Gauge("caption_queue_length", "Pictures waiting for their turn.", registry=None)
        waiting.set_function(lambda: len(lanes.line))
        busy = Gauge("caption_lanes_busy", "Pictures being described.", registry=None)
        busy.set_function(lambda: lanes.busy)
        self.collectors: tuple[Collector, ...] = (self._stages, self._sources, self._refusals, waiting, busy)

    def described(self, source: str, timings_ms: Mapping[str, float]) -> None:
        self._sources.labels(source).inc()
        for stage, milliseconds in timings_ms.items():
            self._stages.labels(stage).observe(milliseconds / 1000)

    def refused(self, reason: str) -> None:
        self._refusals.labels(reason).inc()
