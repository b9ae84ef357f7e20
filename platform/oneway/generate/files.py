"""What generators return: files as values. Only a command writes them."""

from dataclasses import dataclass
from typing import Final

MARK: Final = "by `platform generate`"
"""Stands in the first line of every generated file, so that stale ones are told from files that people wrote."""


@dataclass(frozen=True, slots=True, order=True)
class GeneratedFile:
    """A text file by its path relative to the output folder, with forward slashes."""

    path: str
    content: str
