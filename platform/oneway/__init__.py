"""Oneway: declare every service once, and let the calls be the architecture."""

__version__ = "0.1.0"
