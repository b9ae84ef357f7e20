"""A call names something that is neither a service nor an external.

Why: the picture, the network policies and the order of a rollout are made from the calls; one that leads nowhere
makes all three wrong.

    calls:
      - {to: idd}          # did you mean id?

Mend it: correct the name, write the missing manifest, or declare an external in `platform.yaml`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Place, Severity
from .facts import Facts
from .nearest import Nearest

ID: Final = "unknown-service"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each call to an unknown name that does not look like an external's."""
    nearest = Nearest({*facts.services, *facts.system.unreadable})
    for name, called, place in unknown_calls(facts):
        if not looks_external(facts, called):
            yield Finding(
                ID,
                SEVERITY,
                f"{name} calls {called}, which is not declared",
                place,
                nearest.hint(called, f"write manifests/{called}.yaml, or declare it in platform.yaml's externals"),
                service=name,
                subject=f"{name} > {called}",
            )


def unknown_calls(facts: Facts) -> Iterator[tuple[str, str, Place]]:
    """Caller, name called and where, for every call whose target is declared nowhere; of manifests with faults too."""
    known = {*facts.services, *facts.system.unreadable, *facts.system.platform.externals}
    if not facts.system.platform_known:
        return
    for name, service in facts.services.items():
        for index, call in enumerate(service.calls):
            if call.to not in known:
                yield name, call.to, facts.place(name, "calls", index, "to")
    for each in facts.faulty:
        for index, called in each.calls:
            if called not in known:
                yield each.name, called, Place(each.file, ("calls", index, "to"))


def looks_external(facts: Facts, called: str) -> bool:
    """Whether the name that the call probably meant is an external's, and no service's."""
    externals = Nearest(facts.system.platform.externals).name(called)
    return bool(externals) and not Nearest({*facts.services, *facts.system.unreadable}).name(called)
