"""A call names something that is neither a service nor an external.

Why: the picture, the network policies and the order of a rollout are made from the calls; one that leads nowhere
makes all three wrong.

    calls:
      - {to: idd}          # did you mean id?

Mend it: correct the name, write the missing manifest, or declare an external in `platform.yaml`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Severity
from ..model import Call
from .facts import Facts
from .nearest import Nearest

ID: Final = "unknown-service"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each call to an unknown name that does not look like an external's."""
    nearest = Nearest({*facts.services, *facts.system.unreadable})
    for name, index, call in unknown_calls(facts):
        if not looks_external(facts, call):
            yield Finding(
                ID,
                SEVERITY,
                f"{name} calls {call.to}, which is not declared",
                facts.place(name, "calls", index, "to"),
                nearest.hint(call.to, f"write manifests/{call.to}.yaml, or declare it in platform.yaml's externals"),
                service=name,
                subject=f"{name} > {call.to}",
            )


def unknown_calls(facts: Facts) -> Iterator[tuple[str, int, Call]]:
    """Caller, index and call, for every call whose target is declared nowhere."""
    known = {*facts.services, *facts.system.unreadable, *facts.system.platform.externals}
    if facts.system.platform_known:
        for name, service in facts.services.items():
            for index, call in enumerate(service.calls):
                if call.to not in known:
                    yield name, index, call


def looks_external(facts: Facts, call: Call) -> bool:
    """Whether the name that the call probably meant is an external's, and no service's."""
    externals = Nearest(facts.system.platform.externals).name(call.to)
    return bool(externals) and not Nearest({*facts.services, *facts.system.unreadable}).name(call.to)
