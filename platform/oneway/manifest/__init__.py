"""Text to model: parsing, positions, environments, JSON Schema."""

from .environments import for_environment, merge
from .load import Loaded, load
from .positions import Read, locate, reader
from .schema import json_schema

__all__ = ["Loaded", "Read", "for_environment", "json_schema", "load", "locate", "merge", "reader"]
