"""What exists says too: compose files and Kubernetes objects as evidence of services and calls."""

from .compare import Drift, compare
from .draft import draft_manifests
from .observed import Observed, ObservedCall, ObservedService
from .read import SourceFile, observe

__all__ = [
    "Drift",
    "Observed",
    "ObservedCall",
    "ObservedService",
    "SourceFile",
    "compare",
    "draft_manifests",
    "observe",
]
