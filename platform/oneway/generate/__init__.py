"""From the manifests to what runs: Dockerfiles, Kubernetes objects, what replicas are told. Values, never writes."""

from .files import GeneratedFile
from .wiring import Address, wiring

__all__ = ["Address", "GeneratedFile", "wiring"]
