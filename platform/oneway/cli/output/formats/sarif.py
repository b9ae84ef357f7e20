"""For code scanning: SARIF 2.1.0 with paths relative to the repository and fingerprints that stay when lines move."""

from typing import Any, Final
from urllib.parse import quote

import msgspec

from .... import __version__
from ....rules import RULES
from .report import Position, Report, ReportedFinding

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report) -> str:
    """One SARIF document with one run; every rule is described in it."""
    rules = list(RULES)
    run = {
        "tool": {"driver": {"name": "oneway", "version": __version__, "rules": [_rule(rule) for rule in rules]}},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"ROOT": {"description": {"text": "The root of the repository."}}},
        "results": [_result(each, rules.index(each.rule)) for each in report.findings],
    }
    content = msgspec.json.encode({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})
    return msgspec.json.format(content, indent=2).decode() + "\n"


def _rule(rule: str) -> dict[str, Any]:
    summary, _, rest = (RULES[rule].__doc__ or "").partition("\n")
    return {
        "id": rule,
        "shortDescription": {"text": summary},
        "fullDescription": {"text": f"{summary}\n{rest}".strip()},
        "defaultConfiguration": {"level": RULES[rule].SEVERITY.value},
    }


def _result(finding: ReportedFinding, index: int) -> dict[str, Any]:
    text = f"{finding.message}\nhint: {finding.hint}" if finding.hint else finding.message
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": text},
        "locations": [{"physicalLocation": _physical(finding)}],
        "partialFingerprints": {"oneway/v1": finding.fingerprint},
    }
    if finding.related:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": each.message}, "physicalLocation": _physical(each)}
            for number, each in enumerate(finding.related, 1)
        ]
    return result


def _physical(where: ReportedFinding | Position) -> dict[str, Any]:
    return {
        "artifactLocation": {"uri": quote(where.file), "uriBaseId": "ROOT"},
        "region": {"startLine": where.line, "startColumn": where.column},
    }
