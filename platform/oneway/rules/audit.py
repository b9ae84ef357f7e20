"""Every rule over one system."""

from collections.abc import Callable
from datetime import date

from ..errors import Finding
from ..manifest import Loaded
from . import accepted_unused, settings
from .facts import Before, Facts
from .registry import FIXED, RULES


def audit(
    loaded: Loaded,
    today: date,
    exists: Callable[[str], bool] = lambda _: True,
    before: Before | None = None,
) -> list[Finding]:
    """What all rules have to say, with the platform's severities, without what the manifests accept.

    `exists` answers whether a path of the repository is a file; the default believes every path. With `before` the
    rules that compare revisions speak as well. Findings are unlocated: `manifest.locate` finds their lines and sorts
    them.
    """
    facts = Facts(loaded, today, exists, before)
    silent = settings.off(facts)
    findings = [finding for rule, module in RULES.items() if rule not in silent for finding in module.check(facts)]
    findings += settings.faults(facts)
    return accepted_unused.silence(settings.apply(findings, facts), facts, RULES, FIXED)
