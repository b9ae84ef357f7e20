"""The five ways in which findings leave the tool say the same."""

import json
from xml.etree import ElementTree

import pytest

from oneway.cli.output.formats import FORMATS, Report, report
from oneway.errors import Finding, Location, Related, Severity
from oneway.rules import RULES

RING = Finding(
    "call-cycle",
    Severity.ERROR,
    "a calls b calls a",
    Location("manifests/a b.yaml", 7, 5),
    "calls go one way",
    (
        Related("a calls b", Location("manifests/a b.yaml", 7, 5)),
        Related("b calls a", Location("manifests/ü.yaml", 8, 3)),
    ),
    "a",
    "a > b",
)
LONELY = Finding("orphan", Severity.WARNING, "nobody uses <x> & 100%, \x1bs: y", Location("manifests/x.yaml", 2, 1))


@pytest.fixture
def said() -> Report:
    return report([RING, LONELY], 3, 4)


def test_text(said: Report) -> None:
    assert FORMATS["text"](said).splitlines() == [
        "manifests/a b.yaml:7:5: error: a calls b calls a (call-cycle)",
        "  manifests/a b.yaml:7:5: a calls b",
        "  manifests/ü.yaml:8:3: b calls a",
        "  hint: calls go one way",
        "manifests/x.yaml:2:1: warning: nobody uses <x> & 100%, \x1bs: y (orphan)",
        "3 services, 4 calls: 1 error, 1 warning",
    ]
    assert FORMATS["text"](report([], 1, 1)) == "1 service, 1 call: nothing found\n"


def test_json_is_version_1_with_these_keys_and_no_others(said: Report) -> None:
    document = json.loads(FORMATS["json"](said))
    assert document == {
        "version": 1,
        "findings": [
            {
                "rule": "call-cycle",
                "severity": "error",
                "message": "a calls b calls a",
                "file": "manifests/a b.yaml",
                "line": 7,
                "column": 5,
                "hint": "calls go one way",
                "related": [
                    {"message": "a calls b", "file": "manifests/a b.yaml", "line": 7, "column": 5},
                    {"message": "b calls a", "file": "manifests/ü.yaml", "line": 8, "column": 3},
                ],
            },
            {
                "rule": "orphan",
                "severity": "warning",
                "message": LONELY.message,
                "file": "manifests/x.yaml",
                "line": 2,
                "column": 1,
                "hint": "",
                "related": [],
            },
        ],
        "summary": {"error": 1, "warning": 1, "services": 3, "calls": 4},
    }


def test_sarif_has_relative_paths_every_rule_and_fingerprints(said: Report) -> None:
    document = json.loads(FORMATS["sarif"](said))
    assert document["version"] == "2.1.0"
    assert document["$schema"].endswith("sarif-schema-2.1.0.json")
    (run,) = document["runs"]
    described = run["tool"]["driver"]["rules"]
    assert [each["id"] for each in described] == list(RULES)
    assert {each["defaultConfiguration"]["level"] for each in described} == {"error", "warning"}
    ring, lonely = run["results"]
    assert described[ring["ruleIndex"]]["id"] == ring["ruleId"] == "call-cycle"
    assert (ring["level"], lonely["level"]) == ("error", "warning")
    place = ring["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "manifests/a%20b.yaml", "uriBaseId": "ROOT"}
    assert place["region"] == {"startLine": 7, "startColumn": 5}
    assert ring["relatedLocations"][1]["physicalLocation"]["artifactLocation"]["uri"] == "manifests/%C3%BC.yaml"
    assert "relatedLocations" not in lonely
    assert "ROOT" in run["originalUriBaseIds"]
    assert ring["partialFingerprints"] != lonely["partialFingerprints"]


def test_fingerprints_stay_when_lines_move_and_change_with_the_subject() -> None:
    moved = Finding(
        RING.rule, RING.severity, "another text", Location(RING.location.file, 99, 1), service="a", subject="a > b"
    )
    other = Finding(RING.rule, RING.severity, RING.message, RING.location, service="a", subject="a > c")
    marks = [each.fingerprint for each in report([RING], 1, 1).findings + report([moved], 1, 1).findings]
    assert len(set(marks)) == 1
    assert report([other], 1, 1).findings[0].fingerprint not in marks


def test_junit_fails_errors_and_lets_warnings_pass(said: Report) -> None:
    suites = ElementTree.fromstring(FORMATS["junit"](said))
    assert suites.attrib["tests"] == "2"
    assert suites.attrib["failures"] == "1"
    ring, lonely = suites.iter("testcase")
    failure = ring.find("failure")
    assert failure is not None
    assert failure.attrib == {"type": "call-cycle", "message": "a calls b calls a"}
    assert "manifests/ü.yaml:8:3: b calls a" in (failure.text or "")
    assert lonely.find("failure") is None
    assert "nobody uses <x> & 100%, \ufffds: y" in (lonely.findtext("system-out") or "")
    assert ElementTree.fromstring(FORMATS["junit"](report([], 1, 1))).attrib["failures"] == "0"


def test_github_escapes_what_would_end_a_command(said: Report) -> None:
    lines = FORMATS["github"](said).splitlines()
    assert lines[0] == (
        "::error file=manifests/a b.yaml,line=7,col=5,title=call-cycle::a calls b calls a"
        "%0Amanifests/a b.yaml:7:5: a calls b%0Amanifests/ü.yaml:8:3: b calls a%0Ahint: calls go one way"
    )
    assert lines[1].startswith("::warning file=manifests/x.yaml,line=2,col=1,title=orphan::nobody uses <x> & 100%25, ")
    assert lines[2].startswith("::notice title=platform check::3 services, 4 calls: 1 errors, 1 warnings")


def finding(number: int, rule: str, severity: Severity) -> Finding:
    return Finding(rule, severity, f"number {number}", Location("a.yaml", number + 1), "mend it")


def test_many_findings_stand_below_their_rules_and_the_ten_that_matter_last() -> None:
    kinds = [("orphan", Severity.WARNING), ("call-cycle", Severity.ERROR), ("unknown-service", Severity.ERROR)]
    found = [finding(number, *kinds[number % 3]) for number in range(60)]
    lines = FORMATS["text"](report(found, 3, 4)).splitlines()
    assert [each for each in lines if each.startswith("==")] == [
        "== call-cycle: 20",
        "== unknown-service: 20",
        "== orphan: 20",
        "== the 10 that matter most; `platform explain RULE` says how to mend each kind",
    ]
    assert all(sum(f"number {number} " in line for line in lines[:-12]) == 1 for number in range(60))
    assert [line.rpartition("(")[2] for line in lines[-11:-1]] == ["call-cycle)", "unknown-service)"] * 5
    assert lines[-1] == "3 services, 4 calls: 40 errors, 20 warnings"


def test_few_findings_keep_their_order() -> None:
    found = [finding(number, "orphan", Severity.WARNING) for number in range(40)]
    assert not any(line.startswith("==") for line in FORMATS["text"](report(found, 1, 0)).splitlines())


@pytest.mark.parametrize("format", FORMATS)
def test_errors_only_leaves_warnings_out_and_counts_them(format: str) -> None:
    found = [finding(1, "orphan", Severity.WARNING), finding(2, "call-cycle", Severity.ERROR)]
    text = FORMATS[format](report(found, 1, 0, errors_only=True))
    assert "number 2" in text
    assert "number 1" not in text
