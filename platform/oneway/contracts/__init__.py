"""What an API promises, as its description says: which changes of it break those who call it."""

from .breaks import Break, breaks_between
from .keep import kept, recalled
from .read_description import read_description

__all__ = ["Break", "breaks_between", "kept", "read_description", "recalled"]
