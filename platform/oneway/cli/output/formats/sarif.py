"""For code scanning: SARIF 2.1.0 with paths relative to the repository and fingerprints that stay when lines move."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from .... import __version__
from ....rules import RULES
from .report import Position, Report, ReportedFinding

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def write(report: Report, others: Mapping[str, str] | None = None) -> str:
    """One SARIF document with one run; every rule is described in it, or else every one of `others`."""
    rules = list(RULES) if others is None else list(others)
    described = [_rule(rule) if others is None else _other(rule, others[rule]) for rule in rules]
    run = {
        "tool": {"driver": {"name": "oneway", "version": __version__, "rules": described}},
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


def _other(rule: str, summary: str) -> dict[str, Any]:
    return {"id": rule, "shortDescription": {"text": summary}, "defaultConfiguration": {"level": "error"}}


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
