"""Kubernetes objects from a system's manifests."""

from .environment import environment_objects, kustomization
from .labels import LEADS, MONITOR
from .monitor_pods import MONITOR_BYTES, monitor_objects, monitor_waivers
from .objects import Plain, objects, plain
from .survey import Site, survey
from .waivers import Waiver, waivers_of

__all__ = [
    "LEADS",
    "MONITOR",
    "MONITOR_BYTES",
    "Plain",
    "Site",
    "Waiver",
    "environment_objects",
    "kustomization",
    "monitor_objects",
    "monitor_waivers",
    "objects",
    "plain",
    "survey",
    "waivers_of",
]
