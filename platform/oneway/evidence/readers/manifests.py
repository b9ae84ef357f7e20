"""Oneway's own manifests: what evidence is compared with, and never evidence."""

from typing import Any


def is_oneway(document: Any) -> bool:
    """Whether this is a manifest."""
    return isinstance(document, dict) and str(document.get("apiVersion")).startswith("oneway/")
