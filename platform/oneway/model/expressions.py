"""The small languages inside a check: JMESPath, placeholders, headers. `rules` reads them before anything runs."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

PLACEHOLDER: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

ENVIRONMENT: Final = re.compile(r"\$\{env:([A-Za-z_][A-Za-z0-9_]*)\}")
"""A value of the environment of whoever asks, for a secret that no file may hold."""

_NAME: Final = r"[A-Za-z_][A-Za-z0-9_]*(?:\[[0-9]+\])*"
_PLAIN: Final = re.compile(rf"{_NAME}(?:\.{_NAME})*", re.ASCII)
"""Names joined by dots, with indices: what most checks ask for needs no parser."""

_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@lru_cache(maxsize=4096)
def parse_expression(text: str) -> None:
    """Read a JMESPath expression; ValueError says in one line what is wrong with it."""
    if _PLAIN.fullmatch(text):
        return
    import jmespath
    from jmespath.exceptions import JMESPathError

    try:
        parsed = jmespath.compile(text).parsed
    except (JMESPathError, ValueError, LookupError, TypeError) as error:
        reason = " ".join(str(error).partition(", for expression")[0].split())
        raise ValueError(f"{text!r} is not a JMESPath: {reason}") from None
    except RecursionError:
        raise ValueError("this JMESPath is nested too deeply") from None
    for fault in _faults(parsed):
        raise ValueError(f"{text!r} is not a JMESPath: {fault}")


def names_of_placeholders(value: Any) -> Iterator[str]:
    """The name of every `${name}` in the texts inside a value."""
    match value:
        case str():
            yield from PLACEHOLDER.findall(value)
        case list():
            for each in value:
                yield from names_of_placeholders(each)
        case dict():
            for each in value.values():
                yield from names_of_placeholders(each)


def header_fault(name: str, value: str) -> str:
    """Why HTTP cannot carry this header, in words; empty where it can."""
    if not _TOKEN.fullmatch(name):
        return f"{name!r} is no name of a header: write letters, digits and hyphens"
    if _CONTROL.search(value):
        return f"the value of the header {name} holds a control character"
    if value != value.strip(" \t"):
        return f"the value of the header {name} starts or ends with a space, which HTTP takes away"
    odd = next((each for each in value if ord(each) > 255), "")
    return f"the value of the header {name} holds {odd!r}, and HTTP carries no such character" if odd else ""


def _faults(parsed: dict[str, Any]) -> Iterator[str]:
    """What the parser lets through and no search can do: unknown functions, wrong counts of arguments, steps of 0."""
    from jmespath.functions import Functions

    waiting = [parsed]
    while waiting:
        node = waiting.pop()
        children = node["children"]
        waiting += [each for each in children if isinstance(each, dict)]
        if node["type"] == "slice" and children[2] == 0:
            yield "a slice cannot have a step of 0"
        if node["type"] == "function_expression":
            known = Functions.FUNCTION_TABLE.get(node["value"])
            if known is None:
                yield f"there is no function {node['value']}()"
            else:
                yield from _arguments(node["value"], known["signature"], len(children))


def _arguments(name: str, signature: tuple[dict[str, Any], ...], given: int) -> Iterator[str]:
    more = bool(signature) and signature[-1].get("variadic", False)
    if given < len(signature) or (given > len(signature) and not more):
        count = f"at least {len(signature)}" if more else str(len(signature))
        yield f"{name}() takes {count} argument{'s' * (len(signature) != 1)}, not {given}"
