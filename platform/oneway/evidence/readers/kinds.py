"""Which reader reads a YAML document; each kind is one line."""

from collections.abc import Callable
from typing import Any, Final

from .compose import is_compose
from .kubernetes import is_kubernetes

# Oneway's own manifests are what evidence is compared with, never evidence.
KINDS: Final[dict[str, Callable[[Any], bool]]] = {
    "oneway": lambda document: isinstance(document, dict) and str(document.get("apiVersion")).startswith("oneway/"),
    "compose": is_compose,
    "kubernetes": is_kubernetes,
}


def kind_of(document: Any) -> str:
    """The kind of a document; empty for one that is only somebody's configuration."""
    return next((name for name, fits in KINDS.items() if fits(document)), "")
