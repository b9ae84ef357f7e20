"""The picture as one self-contained page."""

from .picture_page import html

__all__ = ["html"]
