"""Text to model: parsing, positions, environments, JSON Schema."""

from .environments import for_environment, merge
from .faulty import Faulty
from .load import Loaded, environments_of, load
from .positions import Read, locate, locations, reader

__all__ = [
    "Faulty",
    "Loaded",
    "Read",
    "environments_of",
    "for_environment",
    "load",
    "locate",
    "locations",
    "merge",
    "reader",
]
