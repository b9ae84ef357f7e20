"""From bytes to plain data: what is YAML 1.2, and what is refused before anybody looks at its meaning."""

import re
from typing import Any, Final

import yaml_rs

from ..errors import Finding, Location, Severity

MAX_BYTES: Final = 1 << 20
_POSITION: Final = re.compile(r"line (\d+),? column (\d+)")


class Unreadable(Exception):
    """Not a manifest's text; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def parse_text(file: str, content: bytes) -> dict[str, Any]:
    """The one mapping that a manifest holds. Raises Unreadable with a `manifest-syntax` finding."""
    data = _parse(file, _decode(file, content))
    if not isinstance(data, dict):
        raise _refuse(file, "a manifest is one mapping of fields", "start with `apiVersion: oneway/v1`")
    return data


def _decode(file: str, content: bytes) -> str:
    if len(content) > MAX_BYTES:
        raise _refuse(file, f"the file has {len(content)} bytes, more than {MAX_BYTES}", "a manifest is a page of text")
    if content.startswith(b"\xef\xbb\xbf"):
        raise _refuse(file, "the file starts with a byte-order mark", "save it as UTF-8 without BOM")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - (content.rfind(b"\n", 0, error.start) + 1) + 1
        raise _refuse(file, "the file is not UTF-8", "save it as UTF-8", line, column) from None


def _parse(file: str, text: str) -> Any:
    try:
        data = yaml_rs.loads(text, parse_datetime=False)
    except yaml_rs.YAMLDecodeError as error:
        raise _syntax(file, text, str(error)) from None
    if isinstance(data, list):
        raise _refuse(
            file, "a manifest is one document, and a mapping", "one file per service; no `---` between documents"
        )
    return data


def _syntax(file: str, text: str, message: str) -> Unreadable:
    match = _POSITION.search(message)
    line, column = (int(match[1]), int(match[2])) if match else (1, 1)
    tab = next(
        (n for n, each in enumerate(text.splitlines(), 1) if each[: len(each) - len(each.lstrip())].count("\t")), 0
    )
    if tab:
        return _refuse(file, "a tab indents this line", "YAML is indented with spaces", tab, 1)
    reason = message.strip().splitlines()[0] if message.strip() else "not YAML"
    return _refuse(file, f"not valid YAML: {reason}", "see the line named, and the one above it", line, column)


def _refuse(file: str, message: str, hint: str, line: int = 1, column: int = 1) -> Unreadable:
    return Unreadable(Finding("manifest-syntax", Severity.ERROR, message, Location(file, line, column), hint))
