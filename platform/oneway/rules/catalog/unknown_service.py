"""A call names something that is neither a service nor an external.

Why: the picture, the network policies and the order of a rollout are made from the calls; one that leads nowhere
makes all three wrong.

    calls:
      - {to: idd}          # did you mean id?

Mend it: correct the name, write the missing manifest, or declare an external in `platform.yaml`.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ..facts import Facts
from ..nearest import Nearest
from ..references import Kind
from ..rule import Breach

SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Breach]:
    """One for each call to an unknown name that does not look like an external's."""
    nearest = Nearest({*facts.services, *facts.system.unreadable})
    for each in facts.undeclared[Kind.SERVICE]:
        hint = nearest.hint(each.name, f"write manifests/{each.name}.yaml, or declare it in platform.yaml's externals")
        message = f"{each.service} calls {each.name}, which is not declared"
        yield Breach(message, each.place, hint, service=each.service, subject=f"{each.service} > {each.name}")
