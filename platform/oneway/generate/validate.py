"""Proof of what was generated: Kubernetes' own schemas for every version in support, and flows that equal the calls."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any, Final

import yaml

from ..errors import MissingExtra, OnewayError
from ..model import Service, System
from .files import GeneratedFile
from .flows import Flow, flows, network
from .kubernetes.labels import MONITOR, namespace
from .kubernetes.survey import brokers_of

VERSIONS: Final = ("1.33", "1.34", "1.35", "1.36", "1.37")
_SCHEMALESS: Final = frozenset({"kustomize.config.k8s.io", "gateway.networking.k8s.io", "monitoring.coreos.com"})

Plain = dict[str, Any]


def prove(system: System, files: Iterable[GeneratedFile]) -> Iterator[GeneratedFile]:
    """The files of one environment as they come. Raises OnewayError when an object is not what it must be."""
    documents: list[Plain] = []
    for file in files:
        if file.path.endswith(".yaml"):
            found = list(yaml.load_all(file.content, Loader=yaml.CSafeLoader))
            faults = [fault for each in found for fault in schema_faults(each)]
            if faults:
                raise OnewayError(
                    f"{file.path} is not valid for Kubernetes:\n  " + "\n  ".join(faults),
                    "this is a bug in Oneway, unless a name in a manifest is not one that Kubernetes takes",
                )
            documents += [each for each in found if each["kind"] in _FLOW_KINDS]
        yield file
    faults = flow_faults(system, documents)
    if faults:
        raise OnewayError(
            f"the network policies of environment {system.environment} do not equal the calls:\n  "
            + "\n  ".join(faults[:20]),
            "this is a bug in Oneway: nothing that was generated should be applied",
        )


_FLOW_KINDS: Final = frozenset({"Deployment", "StatefulSet", "CronJob", "NetworkPolicy", "Namespace"})


def schema_faults(document: Plain) -> list[str]:
    """What the strict schemas of each version have against an object. Kinds that are not Kubernetes' own have none."""
    if document["apiVersion"].partition("/")[0] in _SCHEMALESS:
        return []
    name = f"{document['kind']} {document['metadata']['name']}"
    return [
        f"{name} (Kubernetes {version}): {'.'.join(map(str, error.path))}: {error.message}"
        for version in VERSIONS
        for error in _validator(version, document["apiVersion"], document["kind"]).iter_errors(document)
    ]


def flow_faults(system: System, documents: Iterable[Plain]) -> list[str]:
    """Flows that are allowed but not declared, and declared but not allowed."""
    net = network(documents)
    found, wanted = set(flows(net)), declared_flows(system)
    return [
        *(f"{_say(each)} is allowed, but nobody declares it" for each in sorted(found - wanted)),
        *(f"{_say(each)} is declared, but not allowed" for each in sorted(wanted - found)),
    ]


def declared_flows(system: System) -> set[Flow]:
    """The calls and the ways to brokers, as flows between pods; and those of a monitor among them."""
    wanted: set[Flow] = set(_looks(system))
    for service in system.deployed.values():
        for name, endpoint in (
            *((call.to, call.endpoint) for call in service.calls),
            *((broker, None) for broker in brokers_of(system, service.name)),
        ):
            callee = system.deployed.get(name)
            if callee is not None and callee is not service:
                wanted.update(_flow(system, service, callee, endpoint))
    return wanted


def _looks(system: System) -> Iterator[Flow]:
    where = namespace(system)
    for service in system.deployed.values() if system.settings.monitor is not None else ():
        for each in service.endpoints:
            if each.protocol != "udp":
                yield Flow(f"{where}/{MONITOR}", f"{where}/{service.name}", each.port, "TCP")


def _flow(system: System, source: Service, target: Service, name: str | None) -> Iterator[Flow]:
    endpoint, where = target.endpoint(name), namespace(system)
    if endpoint is not None:
        protocol = "UDP" if endpoint.protocol == "udp" else "TCP"
        yield Flow(f"{where}/{source.name}", f"{where}/{target.name}", endpoint.port, protocol)


def _say(flow: Flow) -> str:
    return f"{flow.source} to {flow.target} at {flow.protocol} port {flow.port}"


@lru_cache(maxsize=256)
def _validator(version: str, api_version: str, kind: str) -> Any:
    try:
        from jsonschema.validators import Draft202012Validator
        from kubernetes_validate.utils import schema_contents
        from referencing import Registry, Resource
    except ImportError:
        raise MissingExtra("the schemas of Kubernetes are not installed", "validate") from None
    group, _, name = api_version.rpartition("/")
    file = f"{kind.lower()}-{group.partition('.')[0]}{'-' if group else ''}{name}.json"
    folder = f"kubernetes-json-schema/v{version}.0-local-strict"
    definitions = Resource.from_contents(_definitions(folder, version)) @ Registry()
    return Draft202012Validator(schema_contents(f"{folder}/{file}", version), registry=definitions)


@lru_cache(maxsize=len(VERSIONS))
def _definitions(folder: str, version: str) -> Any:
    from kubernetes_validate.utils import schema_contents

    return schema_contents(f"{folder}/_definitions.json", version)
