"""What every part of a manifest is made of."""

from msgspec import Struct


class Value(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every part of a manifest is: frozen, without unknown fields."""
