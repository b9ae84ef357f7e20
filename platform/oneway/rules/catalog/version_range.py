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
from ...model import Call
from ...model.versions import accepts
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

_ANY: Final = "0.0.0"
"""Asked about where the callee has no version: whether the range can be read."""


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each range that cannot be read, or that the callee's version lies outside of."""
    versions = {name: service.version for name, service in facts.services.items()}
    for name, service in facts.services.items():
        for index, call in enumerate(service.calls):
            if call.version is None:
                continue
            try:
                fits = accepts(call.version, versions.get(call.to, _ANY))
            except ValueError as error:
                message = f"the range {call.version!r} cannot be read: {error}"
                place = facts.place(name, "calls", index, "version")
                hint = 'write comparisons, as in ">=1.0,<2"'
                yield Breach(message, place, hint, service=name, subject=f"{name} > {call.to}")
            else:
                if not fits and call.to in versions:
                    yield _outside(facts, name, index, call)


def _outside(facts: Facts, name: str, index: int, call: Call) -> Breach:
    version = facts.services[call.to].version
    return Breach(
        f"{name} asks for {call.to} {call.version}, which is {version}",
        facts.place(name, "calls", index, "version"),
        f"move {name} to {call.to} {version} and widen the range, or keep {call.to} compatible",
        (Related(f"{call.to} is {version}", facts.place(call.to, "version")),),
        service=name,
        subject=f"{name} > {call.to}",
    )
