"""For programs: version 1 of the findings, stable."""

import msgspec

from .report import Report


def write(report: Report) -> str:
    """One JSON document."""
    document = msgspec.to_builtins(report)
    for each in document["findings"]:
        del each["fingerprint"]
    content = msgspec.json.encode({"version": 1, **document})
    return msgspec.json.format(content, indent=2).decode() + "\n"
