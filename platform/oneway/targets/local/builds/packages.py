"""Where packages come from: uv installs them, and pip's settings hold, for uv does not read those itself."""

import configparser
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from ...base import TargetError

_MOST_OUTPUT: Final = 12
_INSTALL_SECONDS: Final = 1200
# pip's option -> uv's variable, and whether it may hold several values
_OPTIONS: Final = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "cert": ("SSL_CERT_FILE", ""),
    "timeout": ("UV_HTTP_TIMEOUT", ""),
}


def uv_environment(environ: Mapping[str, str] = os.environ, files: Iterable[Path] | None = None) -> dict[str, str]:
    """The environment for uv: this one, with what pip was told said again in uv's words. uv's own settings win."""
    settings = _from_files(pip_files(environ) if files is None else files)
    settings |= {
        option: environ[name]
        for option in _OPTIONS
        for name in (f"PIP_{option.upper().replace('-', '_')}",)
        if environ.get(name)
    }
    translated = {
        variable: separator.join(settings[option].split()) if separator else settings[option]
        for option, (variable, separator) in _OPTIONS.items()
        if option in settings
    }
    if "UV_INDEX" in translated:
        # pip weighs all its indexes alike; the hashes say which file it must be, whichever index it comes from.
        translated["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return {**translated, **environ}


def pip_files(environ: Mapping[str, str] = os.environ) -> list[Path]:
    """pip's configuration files, those that win last."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME", "~")).expanduser()
    settings = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/xdg/pip/pip.conf"), Path("/etc/pip.conf"), home / ".pip" / "pip.conf"]
    if sys.platform == "darwin":
        files += [Path("/Library/Application Support/pip/pip.conf"), home / "Library/Application Support/pip/pip.conf"]
    files += [settings / "pip" / "pip.conf", Path(sys.prefix) / "pip.conf"]
    return [*files, Path(named)] if named else files


def _from_files(files: Iterable[Path]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for file in files:
        parser = configparser.RawConfigParser()
        try:
            parser.read(file, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                merged |= {key.replace("_", "-"): value for key, value in parser.items(section)}
    return merged


def run_uv(
    *arguments: str, wheels: Sequence[str] = (), folder: Path | None = None
) -> "subprocess.CompletedProcess[str]":
    from uv import find_uv_bin

    environment = {name: value for name, value in uv_environment().items() if name != "VIRTUAL_ENV"}
    if wheels:
        known = environment.get("UV_FIND_LINKS", "")
        environment["UV_FIND_LINKS"] = ",".join([*wheels, *([known] if known else [])])
    try:
        return subprocess.run(
            [os.fsdecode(find_uv_bin()), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_INSTALL_SECONDS,
            check=False,
            cwd=folder,
        )
    except subprocess.TimeoutExpired:
        raise TargetError(
            f"uv {arguments[0]} did not end within {_INSTALL_SECONDS} s", "is the network slow?"
        ) from None


def require_success(
    done: "subprocess.CompletedProcess[str]",
    what: str,
    done_to_it: str = "installed",
    hint: str = "check requirements.txt and pip's settings",
) -> None:
    """TargetError with uv's last lines when it failed."""
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()][-_MOST_OUTPUT:]
        raise TargetError(f"{what} cannot be {done_to_it}: {' / '.join(lines)}", hint)
