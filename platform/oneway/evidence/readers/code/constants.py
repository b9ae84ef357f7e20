"""Constants across files: a name is given in one file, and whoever uses the constant calls it."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from ....errors import Location
from ...hosts import says_no_call
from ...mentions import Constant, Kind, Mention
from ...sources import SourceFile

_CONSTANT: Final = re.compile(r"[A-Z][A-Z0-9_]{2,60}|k?[A-Z][a-z]\w{6,60}")
# What is said of somebody without calling it: failures, logs, measurements, one's own name.
_ONLY_SAID: Final = re.compile(
    rb"(exception|error)\s*\(|\b(log|logger|print\w*|tracing|tracer|metrics?|span)\.|\b(case|import|throw)\b"
    rb"|\b(sender|from|source|publisher|producer|issuer)\s*[=:]\s*[\w.]*$",
    re.IGNORECASE,
)
# Names of channels are not of who listens to them.
_OF_CHANNEL: Final = re.compile(r"channel|topic|queue|exchange|event|subject|routing|stream", re.IGNORECASE)
_DECLARING: Final = ("declarator", "enum_constant", "const_spec", "const_item", "assignment", "_property")


def constant_of(node: Any, text: str, file: str) -> Constant | None:
    """The constant that a text is given to."""
    above = node.parent
    for _ in range(5):
        if above is None:
            return None
        if any(each in above.type for each in _DECLARING):
            name = above.child_by_field_name("name") or above.child_by_field_name("left")
            written = (name.text or b"").decode("utf-8", "replace") if name is not None else ""
            if not _CONSTANT.fullmatch(written) or says_no_call(written) or _OF_CHANNEL.search(written):
                return None
            return Constant(posixpath.basename(file).partition(".")[0], written, text, file)
        above = above.parent
    return None


def uses_of(constants: Iterable[Constant]) -> Callable[[SourceFile], Iterator[Mention]]:
    """A reader of files for the places where any of these constants is used.

    Qualified by the file that gives it (`Service.AUTH`), or alone where the name is like no other (`ORDERS_SERVICE`).
    """
    known: dict[tuple[str, str], set[str]] = {}
    homes: dict[str, set[str]] = {}
    for each in constants:
        known.setdefault((each.owner, each.name), set()).add(each.host)
        known.setdefault(("", each.name), set()).add(each.host)
        homes.setdefault(each.file, set()).add(each.name)
    names = "|".join(sorted({re.escape(name) for _, name in known}, key=len, reverse=True))
    pattern = re.compile(rf"(?:\b(\w+)(?:\.|::|->))?\b({names})\b(?!\s*[=(]\s*[\"\'])".encode())

    def read(file: SourceFile) -> Iterator[Mention]:
        for match in pattern.finditer(file.content):
            owner, name = (match[1] or b"").decode(), match[2].decode()
            hosts = known.get((owner, name), set()) if owner else set()
            if not hosts and "_" in name and len(name) >= 8:
                hosts = known[("", name)]
            before = file.content[max(0, match.start() - 160) : match.start()]
            before = re.split(rb"[;{}]", before)[-1]
            if len(hosts) == 1 and name not in homes.get(file.name, ()) and not _ONLY_SAID.search(before):
                line = file.content.count(b"\n", 0, match.start()) + 1
                column = match.start() - file.content.rfind(b"\n", 0, match.start())
                said = f"code {owner}.{name}" if owner else f"code {name}"
                yield Mention(Kind.CODE, "", Location(file.name, line, column), said, next(iter(hosts)))

    return read
