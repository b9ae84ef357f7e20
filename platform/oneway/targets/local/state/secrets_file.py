"""The values of secrets: in one file outside the repository that only its owner can read."""

import configparser
import fcntl
import io
import json
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from ....model import Environment, SecretRef
from ....model.secrets import redact as redact_forms
from ...base import TargetError
from .home import DEFAULT, write_whole

_HIDDEN: Final = "•••"
_SHORTEST: Final = 4
_LENGTH: Final = 24
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
    """TargetError unless every secret is in the file, and the file is where and how it must be. What this tool made
    itself is there."""
    made = _read(generated_file(path))
    wanted = {name: ref for name, ref in wanted.items() if not made.has_option(ref.name, ref.key)}
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


def generated_file(path: Path) -> Path:
    """Where this tool keeps the passwords that it makes itself, beside the secrets that people give it."""
    return path.with_name(f"{path.name}.generated")


def make_missing(wanted: Iterable[SecretRef], path: Path) -> None:
    """Make up what neither file has; who needs it finds it there from now on. One at a time."""
    file = generated_file(path)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with os.fdopen(os.open(f"{file}.lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        given, made = _read(path), _read(file)
        missing = [each for each in wanted if not any(one.has_option(each.name, each.key) for one in (given, made))]
        if not missing:
            return
        for each in missing:
            if not made.has_section(each.name):
                made.add_section(each.name)
            made.set(each.name, each.key, secrets.token_urlsafe(_LENGTH))
        text = io.StringIO()
        made.write(text)
        # It is made with mode 600 and put in place whole.
        write_whole(file, text.getvalue().encode())


def values(wanted: Mapping[str, SecretRef], path: Path | None) -> list[str]:
    """The values that must not be seen; none where the files cannot be read."""
    if not wanted or path is None:
        return []
    known = _read(generated_file(path), path)
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


def _read(*paths: Path) -> configparser.ConfigParser:
    path = paths[-1]
    parser = configparser.ConfigParser(interpolation=None, delimiters=("=",), comment_prefixes=("#",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read(paths, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        raise TargetError(f"{path} cannot be read as secrets", "[name] and below it lines key = value") from None
    return parser
