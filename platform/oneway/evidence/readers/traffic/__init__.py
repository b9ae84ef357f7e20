"""What traffic says: traces, service graphs, flows and access logs, as edges with counts, errors, times and latency."""

from .traffic_formats import FORMATS, read_traffic

__all__ = ["FORMATS", "read_traffic"]
