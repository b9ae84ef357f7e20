"""What code says of calls, by syntax tree: addresses, names given to clients, contracts of stubs and servers."""

from .constants import uses_of
from .source_texts import MAX_BYTES, is_code, is_test_code, read_code

__all__ = ["MAX_BYTES", "is_code", "is_test_code", "read_code", "uses_of"]
