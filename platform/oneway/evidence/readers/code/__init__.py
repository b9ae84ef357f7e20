"""What code says of calls, by syntax tree: addresses, names given to clients, and the contracts of stubs and servers."""

from .reader import is_code, is_test_code, read_code

__all__ = ["is_code", "is_test_code", "read_code"]
