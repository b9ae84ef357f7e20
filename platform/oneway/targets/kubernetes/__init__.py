"""Releases on a cluster that anybody runs, with API access only: nothing is installed in it."""

from .material import Sources
from .site import KubernetesSite, kubernetes_site

__all__ = ["KubernetesSite", "Sources", "kubernetes_site"]
