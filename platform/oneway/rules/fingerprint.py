"""What a finding is recognised by when lines move, numbers change and neighbours come and go."""

import hashlib
import re
from collections.abc import Iterable

from ..errors import Finding


def fingerprints(findings: Iterable[Finding]) -> list[str]:
    """One per finding, in their order: 16 hex digits over rule, file and subject (else message without numbers).

    Several findings that agree in all three are told apart by their number in the order given.
    """
    seen: dict[str, int] = {}
    marks = []
    for each in findings:
        said = each.subject or re.sub(r"[0-9]+(\.[0-9]+)?", "#", each.message)
        key = f"{each.rule}\n{each.location.file}\n{each.service}\n{said}"
        seen[key] = seen.get(key, 0) + 1
        marks.append(hashlib.sha256(f"{key}\n{seen[key]}".encode()).hexdigest()[:16])
    return marks
