"""The names by which objects find each other."""

import hashlib
import re
from typing import Final

from ...model import Service, System
from .api.meta import Labels, Metadata, Selector

NAME: Final = "app.kubernetes.io/name"
INSTANCE: Final = "app.kubernetes.io/instance"
CANARY: Final = "-canary"
PODS: Final = "-pods"
MONITOR: Final = "platform-monitor"
LEADS: Final = "oneway/leads"
"""The label of the monitor's pod that watches; the others stand by."""
_MAX_PORT_NAME: Final = 15


def namespace(system: System) -> str:
    """Where the environment's objects live."""
    return system.settings.namespace or system.platform.name


def metadata(
    system: System, service: Service, name: str = "", annotations: Labels | None = None, instance: str = ""
) -> Metadata:
    """The metadata of an object that belongs to a service; `name` where it is not the service's."""
    mail = system.platform.owners[service.owner].email if service.owner in system.platform.owners else ""
    return Metadata(
        name=name or service.name,
        namespace=namespace(system),
        labels=labels(system, service, instance),
        annotations={**({"email": mail} if mail else {}), **(annotations or {})},
    )


def labels(system: System, service: Service, instance: str = "") -> Labels:
    """`instance` where an object is not the service's own, but stands beside it."""
    return {
        NAME: service.name,
        INSTANCE: instance or service.name,
        "app.kubernetes.io/version": label_value(service.version),
        "app.kubernetes.io/part-of": system.platform.name,
        "app.kubernetes.io/managed-by": "platform",
        "owner": service.owner,
    }


def is_stable(service: Service) -> bool:
    """Whether each replica is one of its own: by its number, or as the only one that may have what it keeps."""
    return service.identity == "stable" or service.runs_alone


def label_value(text: str) -> str:
    """The text as a label's value may be: at most 63 characters, ending in a letter or digit."""
    return re.sub(r"[^A-Za-z0-9]+$", "", re.sub(r"[^A-Za-z0-9._-]", "-", text)[:63])


def serving(service: Service) -> Selector:
    """The pods that take traffic; a canary beside them has another instance label."""
    return Selector(match_labels={NAME: service.name, INSTANCE: service.name})


def every_pod(name: str) -> Selector:
    """All pods of a service, its canary included."""
    return Selector(match_labels={NAME: name})


def short_name(name: str, most: int) -> str:
    """The name as it is, or its start and a mark of its own, so that it has at most so many characters."""
    if len(name) <= most:
        return name
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: most - 9].rstrip('-')}-{mark}"


def port_name(endpoint: str) -> str:
    """A port's name has at most 15 characters: a longer one keeps its start and gains a mark of its own."""
    if len(endpoint) <= _MAX_PORT_NAME:
        return endpoint
    mark = hashlib.sha256(endpoint.encode()).hexdigest()[:4]
    return f"{endpoint[: _MAX_PORT_NAME - 5].rstrip('-')}-{mark}"
