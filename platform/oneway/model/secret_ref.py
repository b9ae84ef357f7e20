"""Where a secret is kept."""

from typing import Annotated

from msgspec import Meta

from .scalars import Name
from .value import Value


class SecretRef(Value, frozen=True, kw_only=True):
    """Where a secret's value lives: the name of the Secret and the key in it. Never the value."""

    name: Name
    key: Annotated[str, Meta(pattern=r"^[A-Za-z0-9._-]+$", max_length=253)]
