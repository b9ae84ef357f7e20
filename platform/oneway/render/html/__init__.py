"""The picture as one self-contained page."""

from .page import html

__all__ = ["html"]
