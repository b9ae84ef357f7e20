"""An `accept:` entry silences nothing: its finding is gone, its date has passed, or there is no such rule.

Why: an acceptance that outlives its finding waits to hide the next one. Always an error; it cannot be accepted or
switched off.

    accept:
      - {rule: fan-in, reason: "scaled by hand for the launch", until: 2027-01-31}

An entry silences one rule for one service, up to and including its `until` date. What only one environment shows is
accepted below `environments.<name>.accept`. An entry for version-unbumped is judged only with `--base`; one for
drift-undeclared-call or drift-unseen-call is for `platform drift`, and judged only by its date here.

Mend it: delete the entry; or, when its date has passed, mend the finding or accept it anew with a reason of today.
"""

from collections.abc import Collection, Iterator
from typing import Final

from ...errors import Severity
from ...model import Accept
from ..facts import Facts
from ..nearest import Nearest
from ..rule import Breach

SEVERITY: Final = Severity.ERROR
# What `platform drift` finds, and judges itself.
BESIDE: Final = ("drift-undeclared-call", "drift-unseen-call")


def check(facts: Facts) -> Iterator[Breach]:
    """Nothing: what is unused shows only after all other rules have spoken; see `unused`."""
    return iter(())


def unused(
    facts: Facts, used: Collection[tuple[str, str]], rules: Collection[str], fixed: Collection[str]
) -> Iterator[Breach]:
    """One for each entry that silences nothing; `used` are the services and rules of which a finding was silenced."""
    nearest = Nearest(set(rules) - set(fixed))
    for name, service in facts.services.items():
        for index, entry in enumerate(service.accept):
            if (name, entry.rule) not in used:
                yield from _unused(facts, name, index, entry, nearest, rules, fixed)


def _unused(
    facts: Facts,
    name: str,
    index: int,
    entry: Accept,
    nearest: Nearest,
    rules: Collection[str],
    fixed: Collection[str],
) -> Iterator[Breach]:
    if entry.rule not in rules and entry.rule not in BESIDE:
        message, hint = f"there is no rule {entry.rule}", nearest.hint(entry.rule, "`platform explain` lists them")
    elif entry.rule in fixed:
        message, hint = f"findings of {entry.rule} cannot be accepted", "mend them, and delete this entry"
    elif entry.until is not None and facts.today > entry.until:
        message = f"the acceptance of {entry.rule} ended on {entry.until}"
        hint = "mend the finding, or accept it anew with a reason of today"
    elif entry.rule in BESIDE or not facts.complete or (entry.rule == "version-unbumped" and facts.before is None):
        return
    else:
        message, hint = f"{name} has no finding of {entry.rule} to accept", "delete this entry"
    place = facts.place(name, "accept", index, "rule")
    yield Breach(message, place, hint, service=name, subject=entry.rule)
