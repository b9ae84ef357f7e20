"""A call names an external that `platform.yaml` does not declare.

Why: what is called but not deployed here has no manifest; its declaration is all that the picture and the network
policies know of it. A `to` that names nothing is reported under this rule when its nearest declared name is an
external, and under unknown-service otherwise.

    # platform.yaml
    externals: {maps: {kind: api, host: maps.example.com}}
    # manifests/search.yaml
    calls:
      - {to: mapps}        # did you mean maps?

Mend it: correct the name, or add it to `externals`.
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
    """One for each call to an unknown name that looks like an external's."""
    nearest = Nearest(facts.system.platform.externals)
    for each in facts.undeclared[Kind.EXTERNAL]:
        hint = nearest.hint(each.name, f"declare {each.name} in platform.yaml's externals")
        message = f"{each.service} calls the external {each.name}, which is not declared"
        yield Breach(message, each.place, hint, service=each.service, subject=f"{each.service} > {each.name}")
