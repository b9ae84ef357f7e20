"""`.env` files as compose reads them, by python-dotenv's parser and with compose's own variables."""

import io
from collections import ChainMap
from typing import Final

from dotenv.parser import parse_stream

from ..errors import Location
from .interpolation import TooLong, fill
from .mentions import Note

MAX_BYTES: Final = 1 << 20


def read_env_file(content: bytes, file: str, outer: dict[str, str] | None = None) -> tuple[dict[str, str], list[Note]]:
    """The variables, and what could not be read. Later lines may use earlier ones, except between single quotes."""
    if len(content) > MAX_BYTES:
        return {}, [Note(Location(file), f"more than {MAX_BYTES >> 20} MiB: not read")]
    found: dict[str, str] = {}
    notes: list[Note] = []
    for each in parse_stream(io.StringIO(content.decode("utf-8-sig", "replace"))):
        place = Location(file, each.original.line)
        if each.error:
            notes.append(Note(place, "not a line of NAME=value: not read"))
        if each.key is None or each.value is None:
            continue
        literal = each.original.string.partition("=")[2].lstrip().startswith("'")
        try:
            found[each.key] = each.value if literal else fill(each.value, ChainMap(found, outer or {}))
        except TooLong as error:
            notes.append(Note(place, f"{each.key}: {error}: not read"))
    return found, notes
