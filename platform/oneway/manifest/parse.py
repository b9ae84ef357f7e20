"""From bytes to plain data: what is YAML 1.2, and what is refused before anybody looks at its meaning.

`yaml-rs` parses; what it lets through and a manifest must not have is refused here. Looks that cost time happen only
where a single character makes them necessary, and places are worked out only for what is refused.
"""

import re
from typing import Any, Final

import yaml_rs

from ..errors import Finding, Location, Severity

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 40
_FREE: Final = ("json", "equals", "contains", "environments", "\\")
"""Where none of these stands, no field that holds anything is there; a backslash may spell one of them."""

_LARGEST: Final = 2**63 - 1
_ALIASES: Final = yaml_rs.AliasLimits(max_total_replayed_events=10_000, max_replay_stack_depth=16)
_SMALL: Final = 8192
"""So few characters cannot nest deeply enough to exhaust a parser's stack."""

_CONTROL: Final = bytes([*range(9), 11, 12, *range(14, 32), 127])
_INVISIBLE: Final = re.compile("[\x80-\x84\x86-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffe\uffff]")
_TAB: Final = re.compile(r"^\t+[^\s#]", re.MULTILINE)
_INDENTING_TAB: Final = re.compile(r"^([ ]*\t)[ \t]*[^\s#]", re.MULTILINE)
_INLINE_NESTING: Final = re.compile(r"(?:[-?:][ \t]+){20}")
_PROPERTY: Final = re.compile(r"(?:^|[\s,\[{:?-])[!&*](?=\S)", re.MULTILINE)
_DOCUMENT: Final = re.compile(r"^---(?=\s|$)", re.MULTILINE)
_LONG_NUMBER: Final = re.compile(r"(?<=[\s\[,{])[-+]?[0-9][0-9a-fA-F_xo]{15,}")
_POSITION: Final = re.compile(r"line (\d+),? column (\d+)")


class Unreadable(Exception):
    """Not a manifest's text; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def parse_text(file: str, content: bytes) -> dict[str, Any]:
    """The one mapping that a manifest holds. Raises Unreadable with a `manifest-syntax` finding."""
    text = _decode(file, content)
    data = _parse(file, text)
    if not isinstance(data, dict):
        raise _no_mapping(file, text, data)
    if ("!" in text or "&" in text or "*" in text) and _PROPERTY.search(text):
        _refuse_properties(file, text)
    if any(word in text for word in _FREE):
        refuse_odd(file, text, data)
    return data


def refuse_odd(file: str, text: str, data: dict[str, Any]) -> None:
    """Raises Unreadable when a key is no word, a number is beyond 64 bits, or values nest too deeply.

    Whatever decodes into the model is none of that, apart from the fields that hold anything: those are always looked
    at, and the rest only when it did not decode.
    """
    if not _plain(data, MAX_DEPTH):
        raise _odd(file, text)


def _decode(file: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _refuse(file, f"the file has {len(content)} bytes, more than {MAX_BYTES}", "a manifest is a page of text")
    if content.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _refuse(file, "the file starts with a byte-order mark", "save it as UTF-8 without BOM")
    if len(content.translate(None, _CONTROL)) != len(content):
        at = next(at for at, byte in enumerate(content) if byte in _CONTROL)
        line, column = _line_and_column(content[:at].decode("utf-8", "replace"), None)
        raise _refuse(file, f"a control character, 0x{content[at]:02x}", "remove it: a manifest is text", line, column)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line, column = _line_and_column(content[: error.start].decode("utf-8", "replace"), None)
        raise _refuse(file, "the file is not UTF-8", "save it as UTF-8", line, column) from None
    if not text.isascii():
        _refuse_invisible(file, text)
    return text


def _refuse_invisible(file: str, text: str) -> None:
    match = _INVISIBLE.search(text)
    if match:
        message = f"an invisible character, U+{ord(match[0]):04X}"
        hint = "remove it: what reads one way must not mean another"
        raise _refuse(file, message, hint, *_line_and_column(text, match.start()))


def _parse(file: str, text: str) -> Any:
    tab = _TAB.search(text) if "\t" in text else None
    if tab:
        raise _tab(file, *_line_and_column(text, tab.start()))
    nested = _INLINE_NESTING.search(text) if len(text) > _SMALL else None
    if nested:
        raise _too_deep(file, *_line_and_column(text, nested.start()))
    try:
        return yaml_rs.loads(text, parse_datetime=False, alias_limits=_ALIASES)
    except yaml_rs.YAMLDecodeError as error:
        raise _syntax(file, text, str(error)) from None
    except (ValueError, TypeError):
        raise _odd(file, text) from None


def _plain(value: Any, left: int) -> bool:
    """Whether every key is a word, no number is beyond 64 bits, and nothing nests deeper than allowed."""
    if not left:
        return False
    if type(value) is dict:
        for key in value:
            if type(key) is not str:
                return False
        value = value.values()
    for each in value:
        kind = type(each)
        if kind is dict or kind is list:
            if not _plain(each, left - 1):
                return False
        elif kind is int and not -_LARGEST <= each <= _LARGEST:
            return False
    return True


def _syntax(file: str, text: str, message: str) -> Unreadable:
    match = _POSITION.search(message)
    line, column = (int(match[1]), int(match[2])) if match else (1, 1)
    reason = next((each for each in reversed(message.splitlines()) if each.strip(" ^|")), "not YAML").strip()
    tabs = [_line_and_column(text, tab.end(1) - 1) for tab in _INDENTING_TAB.finditer(text)]
    tab = max((each for each in tabs if each[0] <= line), default=None)
    if tab:
        return _tab(file, *tab)
    if reason.startswith("Invalid tag"):
        _refuse_properties(file, text)
    if reason.startswith("duplicate mapping key"):
        return _duplicate(file, text, reason)
    if "recursion limit" in reason:
        return _too_deep(file, line, column)
    if "alias replay" in reason or "replay stack" in reason:
        anchor = _PROPERTY.search(text)
        where = _line_and_column(text, anchor.end() - 1 if anchor else 0)
        return _refuse(file, "aliases multiply to more than 10,000 values", "write the values out", *where)
    return _refuse(file, f"not valid YAML: {reason}", "see the line named, and the one above it", line, column)


def _duplicate(file: str, text: str, reason: str) -> Unreadable:
    from .yaml_events import duplicate_key

    line, column, first = duplicate_key(text) or (1, 1, 0)
    key = reason.partition(":")[2].strip()
    where = f"; it stands in line {first} already" if first else ""
    return _refuse(file, f"key {key} is written twice{where}", "keep one of them", line, column)


def _refuse_properties(file: str, text: str) -> None:
    from .yaml_events import forbidden_property

    found = forbidden_property(text)
    if found:
        line, column, message = found
        raise _refuse(file, message, "a manifest is plain data: write the value itself", line, column)


def _odd(file: str, text: str) -> Unreadable:
    from .yaml_events import odd_key

    odd = odd_key(text, MAX_DEPTH)
    if odd is None:
        digits = _LONG_NUMBER.search(text)
        where = _line_and_column(text, digits.start() if digits else 0)
        return _refuse(file, "a number beyond 64 bits", "write it in quotes, if it is meant", *where)
    line, column, key = odd
    if key is None:
        return _too_deep(file, line, column)
    return _refuse(file, f"the key {key} is not a word", f'write it in quotes, "{key}"', line, column)


def _no_mapping(file: str, text: str, data: Any) -> Unreadable:
    marks = [match.start() for match in _DOCUMENT.finditer(text)]
    if isinstance(data, list) and marks:
        hint = "one file per service; no `---` between documents"
        return _refuse(file, "a second document in one file", hint, *_line_and_column(text, marks[-1]))
    if data is None:
        return _refuse(file, "the file is empty", "start with `apiVersion: oneway/v1`")
    return _refuse(file, "a manifest is one mapping of fields", "start with `apiVersion: oneway/v1`")


def _tab(file: str, line: int, column: int) -> Unreadable:
    return _refuse(file, "a tab indents this line", "YAML is indented with spaces", line, column)


def _too_deep(file: str, line: int, column: int) -> Unreadable:
    hint = "a manifest is a few levels deep: flatten it"
    return _refuse(file, f"nested more than {MAX_DEPTH} levels deep", hint, line, column)


def _line_and_column(text: str, at: int | None) -> tuple[int, int]:
    end = len(text) if at is None else at
    return text.count("\n", 0, end) + 1, end - text.rfind("\n", 0, end)


def _refuse(file: str, message: str, hint: str, line: int = 1, column: int = 1) -> Unreadable:
    return Unreadable(Finding("manifest-syntax", Severity.ERROR, message, Location(file, line, column), hint))
