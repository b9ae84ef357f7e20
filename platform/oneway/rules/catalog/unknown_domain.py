"""A service's domain, or a domain in `layers`, is not declared in `platform.yaml`.

Why: domains are the boxes of the picture and what layers are made of; a misspelt one is a box of its own, and its
services escape the rules about layers.

    # manifests/id.yaml
    domain: fundation       # did you mean foundation?

Mend it: correct the name, or add the domain to `domains`.
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
    """Domains of services, then those in layers."""
    nearest = Nearest(facts.system.platform.domains)
    for each in facts.undeclared[Kind.DOMAIN]:
        hint = nearest.hint(each.name, f"add {each.name} to platform.yaml's domains")
        if each.service:
            message, subject = f"{each.service} is in domain {each.name}, which is not declared", each.name
        else:
            layer = int(each.path[1]) + 1
            message, subject = f"layer {layer} names domain {each.name}, which is not declared", f"layer {each.name}"
        yield Breach(message, each.place, hint, service=each.service, subject=subject)
