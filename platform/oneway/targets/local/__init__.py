"""This machine as a target: supervisor keeps the processes, Caddy the stable ports, SQLite the records."""

from .target import LocalSite, local_site

__all__ = ["LocalSite", "local_site"]
