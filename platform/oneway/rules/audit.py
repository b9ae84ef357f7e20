"""Every rule over one system."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date

from ..errors import Finding
from ..manifest import Loaded
from ..model import Service
from ..model.fitness import Misfit
from . import settings
from .catalog import accepted_unused
from .facts import Before, Facts
from .registry import FIXED, RULES
from .rule import Breach


def audit(
    loaded: Loaded,
    today: date,
    exists: Callable[[str], bool] = lambda _: True,
    before: Before | None = None,
    lacks: Callable[[Service], Iterable[Misfit]] = lambda service: (),
) -> list[Finding]:
    """What all rules have to say, with the platform's severities, without what the manifests accept.

    `exists` answers whether a path of the repository is a file, or a folder where the path ends in `/`; the default
    believes every path. `lacks` tells what this machine lacks to run a service. With `before` the rules that compare
    revisions speak as well. Findings are unlocated: `manifest.locate` finds their lines and sorts them.
    """
    facts = Facts(loaded, today, exists, before, lacks)
    silent = settings.off(facts)
    findings = list(loaded.findings)
    for rule, module in RULES.items():
        if rule not in silent:
            findings += _stamped(rule, module.check(facts))
    findings += _stamped("manifest-schema", settings.faults(facts))
    return _without_accepted(settings.apply(findings, facts), facts)


def _stamped(rule: str, breaches: Iterable[Breach]) -> Iterator[Finding]:
    """The findings of one rule, with its id and severity."""
    severity = RULES[rule].SEVERITY
    return (each.finding(rule, severity) for each in breaches)


def _without_accepted(findings: list[Finding], facts: Facts) -> list[Finding]:
    """The findings that nobody accepts, and one for each entry that silences none of them."""
    accepted = {
        (name, entry.rule)
        for name, service in facts.services.items()
        for entry in service.accept
        if entry.rule not in FIXED and (entry.until is None or facts.today <= entry.until)
    }
    used = {(each.service, each.rule) for each in findings} & accepted
    left = [each for each in findings if (each.service, each.rule) not in accepted]
    return left + list(_stamped("accepted-unused", accepted_unused.unused(facts, used, RULES, FIXED)))
