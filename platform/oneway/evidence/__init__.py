"""What exists says too: files, code, traffic and clusters as evidence of services and calls."""

from .compare import Drift, compare
from .draft import draft_manifests
from .observed import Observed, ObservedCall, ObservedService
from .read import observe
from .sources import SourceFile, Sources

__all__ = [
    "Drift",
    "Observed",
    "ObservedCall",
    "ObservedService",
    "SourceFile",
    "Sources",
    "compare",
    "draft_manifests",
    "observe",
]
