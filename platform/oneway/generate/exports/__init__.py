"""The system in the words of other tools, so that nobody is locked in: one module for each."""

from collections.abc import Callable, Iterator
from typing import Final

from ..files import GeneratedFile
from . import argocd, calm, helm, structurizr
from .exported import Exported

EXPORTS: Final[dict[str, Callable[[Exported], Iterator[GeneratedFile]]]] = {
    "helm": helm.export,
    "argocd": argocd.export,
    "calm": calm.export,
    "structurizr": structurizr.export,
}

__all__ = ["EXPORTS", "Exported"]
