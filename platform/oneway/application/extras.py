"""The packages that only some commands need: which are missing, and the command that brings them where one is."""

import re
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from importlib.util import find_spec
from typing import Final

DISTRIBUTION: Final = "oneway"
EXTRAS: Final = {"kubernetes": "deploy to a cluster", "validate": "generate --validate"}
"""Each extra that a user may want, and what it is for."""


def missing_packages(extra: str) -> list[str]:
    """The requirements of the extra that are not installed, each with its version."""
    return [requirement for requirement in _requirements(extra) if not _is_installed(requirement)]


def install_command(extra: str) -> str:
    """The command that installs what the extra needs beside this very tool, however the tool was installed.

    An environment of uv or pipx has no pip of its own; uv is always there, since Oneway needs it.
    """
    packages = " ".join(missing_packages(extra) or _requirements(extra))
    if find_spec("pip") is not None:
        return f"{sys.executable} -m pip install {packages}"
    return f"{sys.executable} -m uv pip install --python {sys.executable} {packages}"


def _requirements(extra: str) -> list[str]:
    try:
        declared = distribution(DISTRIBUTION).requires or []
    except PackageNotFoundError:
        return []
    return list(_of_extra(declared, extra))


def _of_extra(declared: list[str], extra: str) -> Iterator[str]:
    for requirement in declared:
        package, _, condition = requirement.partition(";")
        if re.search(rf"""extra\s*==\s*['"]{re.escape(extra)}['"]""", condition):
            yield package.strip()


def _is_installed(requirement: str) -> bool:
    try:
        distribution(re.split(r"[=<>!~ \[]", requirement, maxsplit=1)[0])
    except PackageNotFoundError:
        return False
    return True
