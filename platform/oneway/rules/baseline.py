"""The list of findings that a system had when it adopted the rules. It only shrinks."""

import re
from collections.abc import Iterable
from typing import Final

from ..errors import Finding, Location, OnewayError
from .catalog import baseline_stale
from .fingerprint import fingerprints
from .rule import Breach

_HEAD: Final = "# Findings that were here before the rules. Lines are deleted as they are mended; none is ever added.\n"
_LINE: Final = re.compile(r"^([0-9a-f]{16}) ")


def forgive(findings: list[Finding], file: str, text: str) -> list[Finding]:
    """The findings that the baseline does not list, and one for each stale line."""
    listed = _listed(file, text)
    marks = fingerprints(findings)
    found = set(marks)
    kept = [each for each, mark in zip(findings, marks, strict=True) if mark not in listed]
    stale = [
        Breach(
            f"this line matches no finding any more: {said}",
            Location(file, number),
            "delete it; `platform check --baseline … --write-baseline` deletes all such lines",
            subject=mark,
        ).finding("baseline-stale", baseline_stale.SEVERITY)
        for mark, (number, said) in listed.items()
        if mark not in found
    ]
    return kept + stale


def first(findings: Iterable[Finding]) -> str:
    """A new baseline that lists all findings."""
    all_findings = list(findings)
    pairs = zip(all_findings, fingerprints(all_findings), strict=True)
    return _HEAD + "".join(sorted(f"{mark} {each.location.file} {each.rule}: {each.message}\n" for each, mark in pairs))


def shrunk(findings: Iterable[Finding], file: str, text: str) -> str:
    """The baseline without its stale lines."""
    stale = _listed(file, text).keys() - set(fingerprints(findings))
    return "".join(line for line in text.splitlines(keepends=True) if line[:16] not in stale)


def _listed(file: str, text: str) -> dict[str, tuple[int, str]]:
    listed: dict[str, tuple[int, str]] = {}
    for number, line in enumerate(text.splitlines(), 1):
        match = _LINE.match(line)
        if match:
            listed[match[1]] = (number, line[17:])
        elif line.strip() and not line.startswith("#"):
            raise OnewayError(
                f"{file}:{number}: not a line of a baseline",
                "a line is a fingerprint, a file and a message; make the file anew with --write-baseline",
            )
    return listed
