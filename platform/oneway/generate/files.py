"""What generators return: files as values. Only a command writes them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class GeneratedFile:
    """A text file by its path relative to the output folder, with forward slashes."""

    path: str
    content: str
