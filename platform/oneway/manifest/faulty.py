"""The names that a manifest with faults still says plainly, so that those which lead nowhere are reported with them."""

from dataclasses import dataclass
from typing import Any

import msgspec

from ..model.scalars import Name
from .decode import decode


@dataclass(frozen=True, slots=True)
class Faulty:
    """A manifest with faults: its service (the file's name where it says none), and its well-formed names.

    `calls` holds the index of each call that names its callee, and that name.
    """

    name: str
    file: str
    owner: str | None = None
    domain: str | None = None
    calls: tuple[tuple[int, str], ...] = ()


def names_in(file: str, data: dict[str, Any]) -> Faulty:
    """What can be read in a manifest that cannot be decoded as a whole."""
    said = data.get("service")
    name = said if isinstance(said, str) else file.rpartition("/")[2].removesuffix(".yaml").removesuffix(".yml")
    calls = data.get("calls")
    callees = [
        (index, _name(call.get("to")))
        for index, call in enumerate(calls if isinstance(calls, list) else [])
        if isinstance(call, dict)
    ]
    known = tuple((index, callee) for index, callee in callees if callee is not None)
    return Faulty(name, file, _name(data.get("owner")), _name(data.get("domain")), known)


def _name(value: object) -> str | None:
    try:
        return str(decode(value, Name))
    except msgspec.ValidationError:
        return None
