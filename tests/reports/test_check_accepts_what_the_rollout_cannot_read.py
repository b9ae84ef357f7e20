"""A user sees: `check` finds nothing, and the deploy fails for an expression that nobody could ever read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLATFORM = "apiVersion: oneway/v1\nplatform: p\nowners: {ann: {}}\ndomains: {works: {}}\n"
HEAD = (
    "apiVersion: oneway/v1\nservice: a\nversion: 1.0.0\nowner: ann\ndomain: works\n"
    "endpoints: [{name: http, port: 8080}]\n"
)


def smoke(expect: str = "", more: str = "") -> str:
    return f"smoke:\n  - name: asks\n    request: {{path: /}}\n{more}    expect: {{status: 200{expect}}}\n"


BROKEN = {
    "a JMESPath cut short": smoke(", body: {'items[': 1}"),
    "a JMESPath of a function that is none": smoke(", body: {'size(items)': 1}"),
    "a JMESPath function without its argument": smoke(", body: {'length()': 1}"),
    "a pattern that is not closed": smoke(", body: {name: {matches: '[a-'}}"),
    "a pattern with a back reference": smoke(", body: {name: {matches: '(a)\\1'}}"),
    "a pattern for a header": smoke(", headers: {X-It: {matches: '*'}}"),
    "a capture that is none": smoke(more="    capture: {it: 'a..b'}\n"),
    "a version range": "calls: [{to: b, version: '>>1'}]\n",
    "a duration": smoke(", within: 5 parsecs"),
    "a header that HTTP cannot carry": smoke().replace("{path: /}", "{path: /, headers: {X-Note: 'ü €'}}"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_check_finds_it_at_its_place(what: str, tmp_path: Path) -> None:
    folder = tmp_path / "manifests"
    folder.mkdir()
    (folder / "platform.yaml").write_text(PLATFORM)
    (folder / "a.yaml").write_text(HEAD + BROKEN[what])
    (folder / "b.yaml").write_text(HEAD.replace("service: a", "service: b").replace("8080", "8081"))
    command = [sys.executable, "-m", "oneway.cli.main", "check", "--format", "json"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60)
    errors = [each for each in json.loads(done.stdout)["findings"] if each["severity"] == "error"]
    assert done.returncode == 1
    assert [each["file"] for each in errors] == ["manifests/a.yaml"]
    assert errors[0]["line"] > HEAD.count("\n")
    assert "\n" not in errors[0]["message"]
