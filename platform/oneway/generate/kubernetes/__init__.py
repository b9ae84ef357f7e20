"""Kubernetes objects from a system's manifests."""

from .objects import Plain, canary, objects
from .site import Site, survey
from .waivers import Waiver, waivers_of

__all__ = ["Plain", "Site", "Waiver", "canary", "objects", "survey", "waivers_of"]
