"""A service's domain, or a domain in `layers`, is not declared in `platform.yaml`.

Why: domains are the boxes of the picture and what layers are made of; a misspelt one is a box of its own, and its
services escape the rules about layers.

    # manifests/id.yaml
    domain: fundation       # did you mean foundation?

Mend it: correct the name, or add the domain to `domains`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Severity
from .facts import Facts
from .nearest import Nearest

ID: Final = "unknown-domain"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """Domains of services, then those in layers."""
    domains = facts.system.platform.domains
    nearest = Nearest(domains)
    if not facts.system.platform_known:
        return
    for name, service in facts.services.items():
        if service.domain not in domains:
            yield Finding(
                ID,
                SEVERITY,
                f"{name} is in domain {service.domain}, which is not declared",
                facts.place(name, "domain"),
                nearest.hint(service.domain, f"add {service.domain} to platform.yaml's domains"),
                service=name,
                subject=service.domain,
            )
    for at, layer in enumerate(facts.system.platform.layers):
        for index, domain in enumerate(layer):
            if domain not in domains:
                yield Finding(
                    ID,
                    SEVERITY,
                    f"layer {at + 1} names domain {domain}, which is not declared",
                    facts.platform_place("layers", at, index),
                    nearest.hint(domain, f"add {domain} to domains"),
                    subject=f"layer {domain}",
                )
