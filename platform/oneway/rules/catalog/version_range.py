"""A call asks for versions of its callee that the callee's manifest does not have.

Why: the two would be deployed side by side and disagree at the first request. All manifests of one commit are
deployed against each other, so the commit itself is wrong.

    # manifests/caption.yaml
    calls:
      - {to: id, version: ">=1.0,<2"}
    # manifests/id.yaml
    version: 2.0.0

How: comparisons joined by commas, all of which must hold: `==` `!=` `>=` `<=` `>` `<` `~=`, and `==` where none is
written. Numbers that are left out are 0, but after `==` and `!=` they stand for any: `==1.2` is every 1.2.x, as is
`==1.2.*`. `~=1.4` is `>=1.4,<2`, `~=1.4.2` is `>=1.4.2,<1.5`. Versions are ordered as semver.org orders them, so that a
pre-release comes before its release and after all before it; `<2` lets no pre-release of 2.0.0 in. A deploy judges the
version that runs by the same range.

Mend it: move the caller to the callee's version, and widen its range; or keep the callee compatible.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Related, Severity
from ...model.versions import accepts, parse_range
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each range that cannot be read, or that the callee's version lies outside of."""
    for name, service in facts.services.items():
        for index, call in enumerate(service.calls):
            if call.version is not None:
                yield from _judged(facts, name, index, call.to, call.version)


def _judged(facts: Facts, name: str, index: int, callee: str, wanted: str) -> Iterator[Breach]:
    related: tuple[Related, ...] = ()
    try:
        parse_range(wanted)
        if callee not in facts.services or accepts(wanted, facts.services[callee].version):
            return
        version = facts.services[callee].version
        message = f"{name} asks for {callee} {wanted}, which is {version}"
        hint = f"move {name} to {callee} {version} and widen the range, or keep {callee} compatible"
        related = (Related(f"{callee} is {version}", facts.place(callee, "version")),)
    except ValueError as error:
        message, hint = f"the range {wanted!r} cannot be read: {error}", 'write comparisons, as in ">=1.0,<2"'
    place = facts.place(name, "calls", index, "version")
    yield Breach(message, place, hint, related, service=name, subject=f"{name} > {callee}")
