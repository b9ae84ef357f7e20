"""A call that `forbid` in `platform.yaml` rules out.

Why: some calls are wrong for reasons that no layer expresses; the reason stands beside the rule and is told to
whoever tries.

How: `from` and `to` are globs over `domain/service`.

    forbid:
      - {from: "edge/*", to: "foundation/billing", reason: "goes through accounts"}

Mend it: go the way that the reason names.
"""

import re
from collections.abc import Iterator
from fnmatch import translate
from typing import Final

from ...errors import Related, Severity
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each call and each line of `forbid` that matches it."""
    names = {name: f"{service.domain}/{name}" for name, service in facts.services.items()}
    for index, forbid in enumerate(facts.system.platform.forbid):
        source, target = re.compile(translate(forbid.source)), re.compile(translate(forbid.target))
        targets = {name for name, full in names.items() if target.match(full)}
        for name in (name for name, full in names.items() if source.match(full)):
            for edge in facts.graph.calls[name]:
                if edge.target in targets:
                    yield Breach(
                        f"{names[name]} calls {names[edge.target]}, which is forbidden: {forbid.reason}",
                        facts.graph.place(edge),
                        f"go the way that the reason names: {forbid.reason}",
                        (Related("forbidden here", facts.platform_place("forbid", index)),),
                        service=name,
                        subject=f"{name} > {edge.target} {forbid.source} {forbid.target}",
                    )
