"""A call asks for versions of its callee that the callee's manifest does not have.

Why: the two would be deployed side by side and disagree at the first request. All manifests of one commit are
deployed against each other, so the commit itself is wrong.

    # manifests/caption.yaml
    calls:
      - {to: id, version: ">=1.0,<2"}
    # manifests/id.yaml
    version: 2.0.0

How: comparisons joined by commas, all of which must hold: `==` `!=` `>=` `<=` `>` `<` `~=`; a pre-release comes before
its release.

Mend it: move the caller to the callee's version, and widen its range; or keep the callee compatible.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Related, Severity
from .facts import Facts
from .semver import satisfies

ID: Final = "version-range"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each call with a range that the callee's version lies outside of."""
    versions = {name: service.version for name, service in facts.services.items()}
    for edge in facts.graph.edges:
        wanted = edge.call.version
        if wanted is None:
            continue
        version = versions[edge.target]
        try:
            if satisfies(version, wanted):
                continue
            message = f"{edge.source} asks for {edge.target} {wanted}, which is {version}"
            hint = (
                f"move {edge.source} to {edge.target} {version} and widen the range, or keep {edge.target} compatible"
            )
        except ValueError as error:
            message, hint = f"the range {wanted!r} cannot be read: {error}", 'write comparisons, as in ">=1.0,<2"'
        yield Finding(
            ID,
            SEVERITY,
            message,
            facts.place(edge.source, "calls", edge.index, "version"),
            hint,
            (Related(f"{edge.target} is {version}", facts.place(edge.target, "version")),),
            service=edge.source,
            subject=f"{edge.source} > {edge.target}",
        )
