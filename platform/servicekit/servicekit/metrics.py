"""What a service counts about itself, in Prometheus' text format."""

from collections.abc import Callable, Iterable

from prometheus_client import CollectorRegistry, Gauge, GCCollector, Histogram, PlatformCollector, ProcessCollector
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from servicekit.settings import Settings

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class Metrics:
    """One registry per service object, so that several can live in one process."""

    def __init__(
        self, settings: Settings, in_flight: Callable[[], float], collectors: Iterable[Collector] = ()
    ) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "http_request_duration_seconds",
            "Requests answered, by method, path template and status.",
            ("method", "path", "status"),
            buckets=BUCKETS,
            registry=self.registry,
        )
        self._series: dict[tuple[str, str, int], Histogram] = {}
        under_way = Gauge("http_requests_in_flight", "Requests being answered.", registry=self.registry)
        under_way.set_function(in_flight)
        about = Gauge("service_info", "What runs here.", ("service", "version", "environment"), registry=self.registry)
        about.labels(settings.service, settings.version, settings.environment).set(1)
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        for collector in collectors:
            self.registry.register(collector)

    def answered(self, method: str, path: str, status: int, seconds: float) -> None:
        """`path` is a template and `method` one of few words, so that there are few series."""
        key = (method if method in _METHODS else "other", path, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = self._requests.labels(*key)
        series.observe(seconds)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)
