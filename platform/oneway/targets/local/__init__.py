"""This machine as a target: supervisor keeps the processes, Caddy the stable ports, SQLite the records."""

from .target import LocalTarget, local_target

__all__ = ["LocalTarget", "local_target"]
