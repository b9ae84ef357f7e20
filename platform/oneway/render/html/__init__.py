"""The picture as one self-contained page, and a page for each service beside it."""

from .picture_page import html
from .service_pages import FOLDER, Known, service_pages

__all__ = ["FOLDER", "Known", "html", "service_pages"]
