"""Every exemption from a judge that generated files carry, with its reason."""

from typing import Final

from ..model import Service, System
from .kubernetes import Waiver, monitor_waivers, waivers_of

UNPINNED_PACKAGES: Final = "the base image's Debian release fixes the versions, and only the newest ones are kept in it"


def waivers(system: System) -> tuple[Waiver, ...]:
    """The waivers of every service, and of the monitor, sorted by service, judge and check."""
    services = (
        each for service in system.services.values() for each in (*waivers_of(system, service), *_docker(service))
    )
    return tuple(sorted((*services, *monitor_waivers(system))))


def _docker(service: Service) -> tuple[Waiver, ...]:
    if service.build.runtime is None or all("=" in each for each in service.build.system):
        return ()
    return (Waiver(service.name, "hadolint", "DL3008", UNPINNED_PACKAGES),)
