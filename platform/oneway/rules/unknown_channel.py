"""A service publishes or subscribes to a channel that `platform.yaml` does not declare.

Why: a publisher and a subscriber that spell a channel differently never meet, and nothing ever fails.

    publishes: [caption.made]      # did you mean captions.made?

Mend it: correct the name, or add the channel to `channels`.
"""

from collections.abc import Iterator
from typing import Final

from ..errors import Finding, Severity
from .facts import Facts
from .nearest import Nearest

ID: Final = "unknown-channel"
SEVERITY: Final = Severity.ERROR


def check(facts: Facts) -> Iterator[Finding]:
    """One finding for each name in `publishes` and `subscribes` that no channel has."""
    channels = facts.system.platform.channels
    nearest = Nearest(channels)
    if not facts.system.platform_known:
        return
    for name, service in facts.services.items():
        for field, used in (("publishes", service.publishes), ("subscribes", service.subscribes)):
            for index, channel in enumerate(used):
                if channel not in channels:
                    yield Finding(
                        ID,
                        SEVERITY,
                        f"{name} {field} {channel}, which is not declared",
                        facts.place(name, field, index),
                        nearest.hint(channel, f"add {channel} to platform.yaml's channels"),
                        service=name,
                        subject=f"{field} {channel}",
                    )
