"""Kubernetes objects from a system's manifests."""

from .environment import environment_objects, kustomization
from .objects import Plain, objects, plain
from .survey import Site, survey
from .waivers import Waiver, waivers_of

__all__ = [
    "Plain",
    "Site",
    "Waiver",
    "environment_objects",
    "kustomization",
    "objects",
    "plain",
    "survey",
    "waivers_of",
]
