"""The id service."""
