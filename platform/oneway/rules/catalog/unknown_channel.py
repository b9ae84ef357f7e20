"""A service publishes or subscribes to a channel that `platform.yaml` does not declare.

Why: a publisher and a subscriber that spell a channel differently never meet, and nothing ever fails.

    publishes: [caption.made]      # did you mean captions.made?

Mend it: correct the name, or add the channel to `channels`.
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
    """One for each name in `publishes` and `subscribes` that no channel has."""
    nearest = Nearest(facts.system.platform.channels)
    for each in facts.undeclared[Kind.CHANNEL]:
        used = f"{each.path[0]} {each.name}"
        hint = nearest.hint(each.name, f"add {each.name} to platform.yaml's channels")
        message = f"{each.service} {used}, which is not declared"
        yield Breach(message, each.place, hint, service=each.service, subject=used)
