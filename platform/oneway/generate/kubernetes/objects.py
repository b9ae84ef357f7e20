"""All objects of a service, in the order in which they are applied: what a pod needs comes before the pod."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from ...model import Service, System
from .access import cluster_services, routes, service_monitor
from .api.meta import Object, Part
from .claims import claims
from .config_maps import config_map
from .cron_jobs import cron_jobs
from .policy import network_policy
from .scaling import autoscaler, disruption_budget
from .survey import Site
from .workload import account, workload

Plain = dict[str, Any]
_NO_FILES: Final[Mapping[str, bytes]] = MappingProxyType({})


def objects(site: Site, service: Service, image: str, files: Mapping[str, bytes] = _NO_FILES) -> tuple[Plain, ...]:
    """Plain values as `kubectl apply` takes them. `files` holds the contents that `config:` names, by their paths."""
    system = site.system
    found: tuple[Object | None, ...] = (
        account(system, service),
        config_map(system, service, files),
        network_policy(site, service),
        *claims(system, service),
        *cluster_services(system, service),
        *_workloads(system, service, image, files),
        *cron_jobs(system, service, image, files),
        *routes(site, service),
        service_monitor(system, service),
    )
    return tuple(plain(each) for each in found if each is not None)


def _workloads(system: System, service: Service, image: str, files: Mapping[str, bytes]) -> tuple[Object | None, ...]:
    """What runs all the time; nothing of what runs by schedule alone."""
    if service.kind == "job":
        return ()
    return (
        workload(system, service, image, files),
        autoscaler(system, service),
        disruption_budget(system, service),
    )


def plain(value: Part) -> Plain:
    """The object as dictionaries and lists, as JSON has them."""
    built: Plain = msgspec.json.decode(msgspec.json.encode(value))
    return built
