"""The severities that platform.yaml sets, and what is wrong with them."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ..errors import Finding, Severity
from .facts import Facts
from .nearest import Nearest
from .registry import FIXED, RULES
from .rule import Breach


def apply(findings: Iterable[Finding], facts: Facts) -> list[Finding]:
    """The findings with the severities of this platform, without those of rules that are off.

    A setting that equals the rule's own severity changes nothing; any other one replaces the severity of all its
    findings.
    """
    changed = {
        rule: Severity(setting.severity)
        for rule, setting in facts.system.platform.rules.items()
        if rule in RULES and rule not in FIXED and setting.severity != RULES[rule].SEVERITY
    }
    return [
        replace(each, severity=changed[each.rule]) if each.rule in changed else each
        for each in findings
        if changed.get(each.rule) is not Severity.OFF
    ]


def off(facts: Facts) -> frozenset[str]:
    """The rules that need not run."""
    settings = facts.system.platform.rules
    return frozenset(rule for rule, each in settings.items() if each.severity == "off" and rule not in FIXED)


def faults(facts: Facts) -> Iterator[Breach]:
    """Settings of rules that do not exist, that cannot be set, or that are off without a reason."""
    nearest = Nearest(RULES.keys() - FIXED)
    for rule, setting in facts.system.platform.rules.items():
        if rule not in RULES:
            yield _fault(facts, rule, f"there is no rule {rule}", nearest.hint(rule, "`platform explain` lists them"))
        elif rule in FIXED:
            yield _fault(facts, rule, f"the severity of {rule} cannot be set", "it is always an error: delete the line")
        elif setting.severity == "off" and not setting.reason.strip():
            yield _fault(facts, rule, f"rule {rule} is off without a reason", 'say why: {severity: off, reason: "…"}')


def _fault(facts: Facts, rule: str, message: str, hint: str) -> Breach:
    return Breach(message, facts.platform_place("rules", rule), hint, subject=f"rules {rule}")
