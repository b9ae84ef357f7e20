"""A service's domain, or a domain in `layers`, is not declared in `platform.yaml`.

Why: domains are the boxes of the picture and what layers are made of; a misspelt one is a box of its own, and its
services escape the rules about layers.

    # manifests/id.yaml
    domain: fundation       # did you mean foundation?

Mend it: correct the name, or add the domain to `domains`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Place, Severity
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
    for name, domain, place in _named(facts):
        if domain not in domains:
            yield Finding(
                ID,
                SEVERITY,
                f"{name} is in domain {domain}, which is not declared",
                place,
                nearest.hint(domain, f"add {domain} to platform.yaml's domains"),
                service=name,
                subject=domain,
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


def _named(facts: Facts) -> Iterator[tuple[str, str, Place]]:
    """Service, domain and where it says so; of manifests with faults too."""
    for name, service in facts.services.items():
        yield name, service.domain, facts.place(name, "domain")
    for each in facts.faulty:
        if each.domain is not None:
            yield each.name, each.domain, Place(each.file, ("domain",))
