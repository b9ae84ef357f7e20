"""What exists says too: files, code, traffic and clusters as evidence of services and calls."""

from .compare import Drift, compare
from .draft import draft_manifests
from .mentions import Note
from .observed import Observed, ObservedCall, ObservedService
from .read import observe
from .sources import CodeFiles, Fact, SourceFile, Sources

__all__ = [
    "CodeFiles",
    "Drift",
    "Fact",
    "Note",
    "Observed",
    "ObservedCall",
    "ObservedService",
    "SourceFile",
    "Sources",
    "compare",
    "draft_manifests",
    "observe",
]
