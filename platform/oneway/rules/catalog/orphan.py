"""Nobody uses a service, a channel, an external or an override.

Why: what nobody uses still runs, costs and waits to be mended at night; and an override that is misspelt is one that
production does not have.

How: a service is used when another calls it, when it has a public endpoint, jobs or a load of its own, or when it
publishes or subscribes to a channel. A channel is used when somebody publishes to it and somebody subscribes. An
external is used when somebody calls it. Overrides below `environments` are used when `platform.yaml` declares that
environment. Not judged while a manifest cannot be read.

Mend it: remove it; declare who calls it; or, when something outside uses it, say so with `load` or `public: true`.
"""

from collections.abc import Iterator
from typing import Final

from ...errors import Severity
from ...model import Service
from ..facts import Facts
from ..nearest import Nearest
from ..rule import Breach

SEVERITY: Final = Severity.WARNING


def check(facts: Facts) -> Iterator[Breach]:
    """Services and their overrides, then channels and externals of platform.yaml."""
    if not facts.complete:
        return
    called = {call.to for name, service in facts.services.items() for call in service.calls if call.to != name}
    for name, service in facts.services.items():
        if name not in called and not _used(service):
            yield Breach(
                f"nobody uses {name}",
                facts.place(name, "service"),
                "remove it, or declare its callers, a public endpoint, its load or its channels",
                service=name,
                subject=name,
            )
    yield from _overrides(facts)
    yield from _channels(facts)
    for name in facts.system.platform.externals.keys() - called:
        place = facts.platform_place("externals", name)
        yield Breach(f"nobody calls the external {name}", place, "remove it", subject=f"external {name}")


def _used(service: Service) -> bool:
    return bool(
        service.load.requests_per_second
        or service.jobs
        or service.publishes
        or service.subscribes
        or any(endpoint.public for endpoint in service.endpoints)
    )


def _overrides(facts: Facts) -> Iterator[Breach]:
    declared = facts.system.platform.environments
    nearest = Nearest(declared)
    for name, service in facts.services.items():
        for environment in service.environments.keys() - declared.keys():
            yield Breach(
                f"{name} overrides something for {environment}, which is no environment",
                facts.place(name, "environments", environment),
                nearest.hint(environment, "declare it in platform.yaml's environments, or remove the override"),
                service=name,
                subject=f"environment {environment}",
            )


def _channels(facts: Facts) -> Iterator[Breach]:
    published = {channel for service in facts.services.values() for channel in service.publishes}
    heard = {channel for service in facts.services.values() for channel in service.subscribes}
    for name in facts.system.platform.channels:
        missing = [words for words, used in (("publishes to", published), ("subscribes to", heard)) if name not in used]
        if missing:
            yield Breach(
                f"nobody {' or '.join(missing)} channel {name}",
                facts.platform_place("channels", name),
                "remove it, or declare who does",
                subject=f"channel {name}",
            )
