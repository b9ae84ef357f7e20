"""Text to model: parsing, positions, environments, JSON Schema."""

from .environments import for_environment, merge
from .faulty import Faulty
from .load import Loaded, load
from .positions import Read, locate, locations, reader

__all__ = ["Faulty", "Loaded", "Read", "for_environment", "load", "locate", "locations", "merge", "reader"]
