"""The pages about rules say what the rules say: every example is run, and the reference is up to date."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from oneway.errors import Finding
from oneway.rules.pages import rules_page

Said = Callable[..., list[Finding]]

DOCS = Path(__file__).parents[2] / "platform" / "docs"
PAGE = (DOCS / "chain-rules.md").read_text(encoding="utf-8")
SECTION = re.compile(r"^## [^\n]*`([a-z-]+)`\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
SECTIONS: dict[str, str] = dict(SECTION.findall(PAGE))
OWNERS = "owners: {ann: {backup: bob}, bob: {backup: ann}}\n"


def blocks(section: str, kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def files_of(block: str, mark: str) -> dict[str, str]:
    """Name → whole text, with the lines that every manifest has."""
    parts = re.split(rf"^# {mark}(manifests/[a-z.]+)\n", block, flags=re.MULTILINE)[1:]
    return {name: whole(name, text) for name, text in zip(parts[::2], parts[1::2], strict=True)}


def whole(name: str, text: str) -> str:
    if name.endswith("platform.yaml"):
        owners = "" if text.startswith("owners:") else OWNERS
        return f"apiVersion: oneway/v1\nplatform: sample\n{owners}domains: {{edge: {{}}, core: {{}}}}\n{text}"
    usual = {"version": "1.0.0", "owner": "ann", "domain": "core"}
    head = [f"{field}: {value}\n" for field, value in usual.items() if not re.search(f"^{field}:", text, re.MULTILINE)]
    service = Path(name).stem
    endpoint = "endpoints: [{name: http, port: 80}]\n"
    return f"apiVersion: oneway/v1\nservice: {service}\n{''.join(head)}{endpoint}{text}"


def printed(findings: list[Finding]) -> str:
    return "".join(
        f"{each.location.file}: {each.severity}: {each.message} ({each.rule})\n  hint: {each.hint}\n"
        for each in findings
    )


@pytest.mark.parametrize("rule", SECTIONS)
def test_the_example_is_found_and_the_mended_one_is_not(rule: str, said: Said) -> None:
    broken, mended = blocks(SECTIONS[rule], "yaml")
    (expected,) = blocks(SECTIONS[rule], "text")
    files = {"manifests/platform.yaml": whole("platform.yaml", "")} | files_of(broken, "")
    assert said("manifest-schema", files) == []
    assert printed(said(rule, files)) == expected
    files |= files_of(mended, "mended: ")
    assert said("manifest-schema", files) == []
    assert said(rule, files) == []
    assert said("accepted-unused", files) == []


def test_every_chain_rule_has_an_example() -> None:
    chain = "call-cycle feedback-loop layer-violation forbidden-call version-range timeout-budget retry-amplification "
    chain += "availability-ceiling latency-ceiling capacity fan-in depth single-owner"
    assert list(SECTIONS) == chain.split()


def test_the_reference_is_up_to_date() -> None:
    committed = (DOCS / "rules.md").read_text(encoding="utf-8")
    assert committed == rules_page(), "write it anew: platform explain --page > platform/docs/rules.md"
