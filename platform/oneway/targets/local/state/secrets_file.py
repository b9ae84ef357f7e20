"""The values of secrets: in one file outside the repository that only its owner can read."""

import configparser
import json
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ....model import Environment, SecretRef
from ....model.secrets import redact as redact_forms
from ...base import TargetError
from .home import DEFAULT

_HIDDEN: Final = "•••"
_SHORTEST: Final = 4
# A brace or a word of a document says nothing, and would be blotted out wherever it stands.
_SHORTEST_LINE: Final = 8


def secrets_file(root: Path, platform: str, settings: Environment, environment: str) -> Path:
    """The environment's `secrets_file`, else `~/.config/oneway/<platform>.secrets`; every environment but `local` has
    one of its own beside that: `<platform>.<environment>.secrets`."""
    if settings.secrets_file is not None:
        return root / Path(settings.secrets_file).expanduser()
    config = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return (
        config / "oneway" / (f"{platform}.secrets" if environment == DEFAULT else f"{platform}.{environment}.secrets")
    )


def require(wanted: Mapping[str, SecretRef], path: Path, root: Path, service: str) -> None:
    """TargetError unless every secret is in the file, and the file is where and how it must be."""
    if not wanted:
        return
    wants = ", ".join(sorted(f"[{ref.name}] {ref.key}" for ref in wanted.values()))
    hint = f"write it with mode 600: a line [name] and below it key = value, for {wants}"
    try:
        mode = path.stat().st_mode
    except OSError as error:
        raise TargetError(f"{service} wants secrets, but {path} cannot be read: {error.strerror}", hint) from None
    if stat.S_IMODE(mode) & 0o077:
        raise TargetError(f"{path} can be read by others than you", f"chmod 600 {path}")
    if path.resolve().is_relative_to(root.resolve()):
        raise TargetError(f"{path} is inside the repository", "keep secrets outside of it, so that nobody commits them")
    known = _read(path)
    missing = sorted({f"[{ref.name}] {ref.key}" for ref in wanted.values() if not known.has_option(ref.name, ref.key)})
    if missing:
        raise TargetError(f"{path} lacks {', '.join(missing)}, which {service} wants", hint)


def values(wanted: Mapping[str, SecretRef], path: Path | None) -> list[str]:
    """The values that must not be seen; none where the file cannot be read."""
    if not wanted or path is None:
        return []
    known = _read(path)
    return [known.get(ref.name, ref.key) for ref in wanted.values() if known.has_option(ref.name, ref.key)]


def redact(line: str, hidden: Iterable[str]) -> str:
    """The line without those values, and without anything else that has the form of a secret."""
    for each in sorted({form for value in hidden for form in _forms(value)}, key=lambda form: (-len(form), form)):
        line = line.replace(each, _HIDDEN)
    return redact_forms(line)


def _forms(value: str) -> Iterator[str]:
    """How the value may stand in a line: as it is, in JSON, in a URL; one of several lines also line by line."""
    whole = (value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], quote(value, safe=""))
    yield from (each for each in whole if len(each) >= _SHORTEST)
    lines = [each.strip() for each in value.splitlines()]
    yield from (each for each in lines if len(lines) > 1 and len(each) >= _SHORTEST_LINE)


def _read(path: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read(path, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        raise TargetError(f"{path} cannot be read as secrets", "[name] and below it lines key = value") from None
    return parser
