"""What code says of calls, by syntax tree: addresses, names given to clients, contracts of stubs and servers; and of
topics: who publishes and who subscribes."""

from .constants import uses_of
from .source_texts import MAX_BYTES, is_code, is_test_code, read_code
from .topics import read_topics

__all__ = ["MAX_BYTES", "is_code", "is_test_code", "read_code", "read_topics", "uses_of"]
