"""What the last check found, stored until anything that it depends on changes.

The key is a digest over the names and contents of all manifests, the environment, the date (acceptances end), the
tool's own code and its parsers' versions; answers about other files are asked again. A cache that cannot be read,
or holds anything unexpected, does not exist; one that cannot be written is not written.
"""

import hashlib
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml_rs

from .. import __version__
from ..errors import Finding, Location, Place, Related, Severity
from ..workspace import Texts

_WORTH: Final = 300
"""Below so many files reading them costs less than it is worth to leave a file behind."""

_CODE: Final = ("errors.py", "model", "manifest", "graph", "rules", "workspace")


@dataclass(frozen=True, slots=True)
class KnownResult:
    """A result, and the answers about files that it rests on."""

    findings: tuple[Finding, ...]
    services: int
    calls: int
    answers: dict[str, bool]


@dataclass(frozen=True, slots=True)
class CheckCache:
    """Where one result is stored, and the key under which it is right."""

    file: Path
    key: bytes

    @staticmethod
    def of(root: Path, texts: Texts, env: str | None, today: date) -> "CheckCache | None":
        """The cache for these manifests; None where there are too few of them to be worth it."""
        if len(texts.files) < _WORTH or texts.findings:
            return None
        digest = hashlib.blake2b(f"{env}\n{today}\n{_tool()}\n".encode(), digest_size=32)
        for name, content in texts.files:
            digest.update(b"%d %d\n" % (len(name), len(content)))
            digest.update(name.encode("utf-8", "surrogateescape"))
            digest.update(content)
        return CheckCache(root / ".platform" / "cache" / f"check-{env or 'default'}.msgpack", digest.digest())

    def read(self, exists: Callable[[str], bool]) -> KnownResult | None:
        """The result, when it still is right."""
        try:
            stored = msgspec.msgpack.decode(self.file.read_bytes(), type=_Stored)
        except (OSError, msgspec.DecodeError):
            return None
        if stored.key != self.key or any(exists(path) != answer for path, answer in stored.answers.items()):
            return None
        findings = tuple(map(_finding, stored.findings))
        return KnownResult(findings, stored.services, stored.calls, stored.answers)

    def write(self, result: KnownResult) -> None:
        """Write the result beside the old one and put it in its place at once."""
        findings = [_to_store(each) for each in result.findings]
        content = msgspec.msgpack.encode(_Stored(self.key, findings, result.services, result.calls, result.answers))
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            (self.file.parent / ".gitignore").write_text("*\n", encoding="utf-8")
            new = self.file.with_suffix(f".{os.getpid()}.new")
            new.write_bytes(content)
            os.replace(new, self.file)
        except OSError:
            return


class _StoredFinding(msgspec.Struct, frozen=True, array_like=True):
    rule: str
    severity: Severity
    message: str
    location: tuple[str, int, int]
    hint: str
    related: tuple[tuple[str, str, int, int], ...]
    service: str
    subject: str


class _Stored(msgspec.Struct, frozen=True):
    key: bytes
    findings: list[_StoredFinding]
    services: int
    calls: int
    answers: dict[str, bool]


def _to_store(each: Finding) -> _StoredFinding:
    related = tuple((one.message, *_parts(one.location)) for one in each.related)
    return _StoredFinding(
        each.rule, each.severity, each.message, _parts(each.location), each.hint, related, each.service, each.subject
    )


def _finding(stored: _StoredFinding) -> Finding:
    related = tuple(Related(message, Location(file, line, column)) for message, file, line, column in stored.related)
    return Finding(
        stored.rule,
        stored.severity,
        stored.message,
        Location(*stored.location),
        stored.hint,
        related,
        stored.service,
        stored.subject,
    )


def _parts(where: Location | Place) -> tuple[str, int, int]:
    return (where.file, where.line, where.column) if isinstance(where, Location) else (where.file, 1, 1)


def _tool() -> str:
    """A name for the code that decides what is found: change a rule, and what it said is forgotten."""
    package = Path(__file__).parent.parent
    files = [path for part in _CODE for path in sorted((package / part).rglob("*.py")) or [package / part]]
    digest = hashlib.blake2b(digest_size=16)
    for path in files:
        digest.update(path.read_bytes())
    versions: tuple[Any, ...] = (__version__, sys.version_info[:3], msgspec.__version__, yaml_rs.__version__)
    return f"{digest.hexdigest()} {versions}"
