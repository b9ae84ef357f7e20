"""Wheels from where pip would take them, with pip's settings: for machines that reach no index."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from ....errors import OnewayError
from .packages import run_uv

_PIP: Final = "pip==26.3"
"""Pinned, for uv has no command that downloads; uv brings pip for this one command."""
_MOST_OUTPUT: Final = 6


def fetch_wheels(whose: str, requirements: Path, into: Path, near: Sequence[str]) -> None:
    """Download what the file pins, for this machine and this Python; `near` are folders that have wheels too."""
    words = ["tool", "run", "--quiet", "--from", _PIP, "pip", "download", "--quiet", "--disable-pip-version-check"]
    words += ["--no-deps", "--only-binary", ":all:", "--dest", str(into), "--require-hashes"]
    words += ["--requirement", str(requirements)]
    done = run_uv(*words, *(word for folder in near for word in ("--find-links", folder)))
    if done.returncode:
        lines = [line.strip() for line in done.stderr.splitlines() if line.strip()][-_MOST_OUTPUT:]
        raise OnewayError(
            f"the packages of {whose} cannot be packed: {' / '.join(lines)}",
            "a bundle holds wheels, for machines like this one: pin packages that have some, and check pip's settings",
        )
