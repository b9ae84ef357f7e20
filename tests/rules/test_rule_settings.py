"""The severities that platform.yaml sets."""

import pkgutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import get_type_hints

import pytest

from oneway.errors import Finding, Severity
from oneway.rules import FIXED, RULES, Facts, catalog
from oneway.rules.rule import Breach

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]
Places = Callable[..., list[str]]


def test_a_warning_may_become_an_error(system: System, said: Said) -> None:
    files = system("rules: {orphan: {severity: error}}\n", lost="")
    assert [each.severity for each in said("orphan", files)] == ["error"]


def test_off_needs_a_reason_and_a_rule_that_exists(system: System, places: Places) -> None:
    files = system("rules:\n  orphan: {severity: off}\n  orphans: {severity: error}\n", lost="")
    assert places("manifest-schema", files) == [
        "platform.yaml:6:3 rule orphan is off without a reason",
        "platform.yaml:7:3 there is no rule orphans",
    ]


def test_every_module_of_the_catalog_is_registered() -> None:
    modules = {each.name for each in pkgutil.iter_modules(catalog.__path__)}
    assert modules == {rule.replace("-", "_") for rule in RULES}


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_a_documented_module_with_a_severity_and_a_check(rule: str) -> None:
    module = RULES[rule]
    assert isinstance(module.SEVERITY, Severity)
    assert get_type_hints(module.check) == {"facts": Facts, "return": Iterator[Breach]}
    summary, blank, *rest = (module.__doc__ or "").splitlines()
    assert summary.endswith(".")
    assert blank == ""
    assert "Why:" in "\n".join(rest)
    assert "Mend it:" in "\n".join(rest)
    assert Path(__file__).with_name(f"test_rule_{rule.replace('-', '_')}.py").exists()


def test_fixed_rules_exist() -> None:
    assert set(RULES) >= FIXED
