"""Releases on a cluster that anybody runs, with API access only: nothing is installed in it."""

from .cluster_site import KubernetesSite, kubernetes_site, pod_election
from .material import Sources

__all__ = ["KubernetesSite", "Sources", "kubernetes_site", "pod_election"]
