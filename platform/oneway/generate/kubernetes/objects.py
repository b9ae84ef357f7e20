"""All objects of a service, in the order in which they are applied: what a pod needs comes before the pod."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from ...model import Service
from .access import cluster_services, routes, service_monitor
from .api.meta import Object, Part
from .config_maps import config_map
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
        *cluster_services(system, service),
        workload(system, service, image, files),
        autoscaler(system, service),
        disruption_budget(system, service),
        *routes(site, service),
        service_monitor(system, service),
    )
    return tuple(plain(each) for each in found if each is not None)


def plain(value: Part) -> Plain:
    """The object as dictionaries and lists, as JSON has them."""
    built: Plain = msgspec.json.decode(msgspec.json.encode(value))
    return built
