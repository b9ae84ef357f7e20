"""The pod of a service: one container, hardened, spread, probed, and told who it is."""

import re
from math import ceil
from typing import Final

from ...model import Endpoint, Service, System, quantity_value
from ...model.backings import family_of, variables_of
from ...model.state import PASSWORD
from ..connections import OWN_PASSWORD, connections
from ..wiring import wiring
from .api.meta import Metadata
from .api.pods import (
    Affinity,
    AntiAffinity,
    Capabilities,
    ConfigMapVolume,
    Container,
    ContainerPort,
    ContainerSecurity,
    EmptyDir,
    EnvVar,
    FieldPath,
    Handler,
    Lifecycle,
    PodAffinityTerm,
    PodSecurity,
    PodSpec,
    PodTemplate,
    ResourceAmounts,
    Seccomp,
    SecretKey,
    Sleep,
    Spread,
    ValueFrom,
    Volume,
    VolumeMount,
    WeightedTerm,
)
from .claims import mounts, volumes
from .config_maps import MOUNTED_AT, config_name
from .environment import priority_class_name
from .health import probes_of
from .labels import is_stable, labels, port_name, serving

USER: Final = 10001
DRAIN_SECONDS: Final = 5
_POD_INDEX: Final = "metadata.labels['apps.kubernetes.io/pod-index']"
_DEFAULTS: Final = {"cpu": "100m", "memory": "128Mi", "storage": "64Mi"}


def pod_template(system: System, service: Service, image: str, config_digest: str) -> PodTemplate:
    return PodTemplate(
        metadata=Metadata(
            labels=labels(system, service),
            annotations={"oneway/config-sha256": config_digest} if config_digest else {},
        ),
        spec=PodSpec(
            service_account_name=service.name,
            automount_service_account_token=False,
            enable_service_links=False,
            priority_class_name=priority_class_name(system),
            termination_grace_period_seconds=DRAIN_SECONDS + ceil(service.rollout.drain) + 5,
            security_context=PodSecurity(
                run_as_non_root=True,
                run_as_user=USER,
                run_as_group=USER,
                fs_group=USER,
                seccomp_profile=Seccomp(type="RuntimeDefault"),
            ),
            affinity=_apart(service),
            topology_spread_constraints=(_across_zones(service),),
            containers=(_container(system, service, image, config_digest),),
            volumes=_volumes(service, config_digest),
        ),
    )


def _container(system: System, service: Service, image: str, config_digest: str) -> Container:
    probes = probes_of(service)
    config = (VolumeMount(name="config", mount_path=MOUNTED_AT, read_only=True),) if config_digest else ()
    return Container(
        name=service.name,
        image=image,
        image_pull_policy="Always",
        command=_command(service),
        ports=tuple(_port(each) for each in service.endpoints),
        env=_environment(system, service, bool(config_digest)),
        security_context=ContainerSecurity(
            run_as_non_root=True,
            privileged=False,
            allow_privilege_escalation=False,
            read_only_root_filesystem=True,
            capabilities=Capabilities(drop=("ALL",)),
        ),
        startup_probe=probes.startup,
        readiness_probe=probes.ready,
        liveness_probe=probes.live,
        lifecycle=Lifecycle(pre_stop=Handler(sleep=Sleep(seconds=DRAIN_SECONDS))),
        resources=_resources(service),
        volume_mounts=(VolumeMount(name="tmp", mount_path="/tmp"), *config, *mounts(service)),
    )


def _command(service: Service) -> tuple[str, ...]:
    """What runs in an image that was brought along: `start`, else what is known to make it work."""
    if service.build.image is None:
        return ()
    if service.build.start or service.kind != "backing":
        return tuple(map(unexpanded, service.build.start))
    volume = service.volumes[0].path if service.volumes else "/tmp"
    port = str(service.endpoints[0].port) if service.endpoints else ""
    return tuple(each.replace("${volume}", volume).replace("${port}", port) for each in family_of(service).start)


def _port(endpoint: Endpoint) -> ContainerPort:
    protocol = "UDP" if endpoint.protocol == "udp" else "TCP"
    return ContainerPort(name=port_name(endpoint.name), container_port=endpoint.port, protocol=protocol)


def _environment(system: System, service: Service, has_config: bool) -> tuple[EnvVar, ...]:
    told = {"HOST": "0.0.0.0", **wiring(system, service, _address, None)}
    if service.endpoints:
        told["PORT"] = str(service.endpoints[0].port)
    if has_config:
        told["ONEWAY_CONFIG"] = MOUNTED_AT
    if system.settings.host is not None and any(each.public for each in service.endpoints):
        told["ONEWAY_TRUSTED_PROXIES"] = ",".join(system.settings.trusted_proxies)
    told |= {each.variable: each.path for each in service.volumes if each.variable not in service.env}
    own = variables_of(service) if service.kind == "backing" else service.env
    values = {name: EnvVar(name=name, value=unexpanded(value)) for name, value in (own | told).items()}
    for name, secret in service.secrets.items():
        reference = ValueFrom(secret_key_ref=SecretKey(name=secret.name, key=secret.key))
        values[name] = EnvVar(name=name, value_from=reference)
    if is_stable(service):
        ordinal = ValueFrom(field_ref=FieldPath(field_path=_POD_INDEX))
        values["ONEWAY_INSTANCE"] = EnvVar(name="ONEWAY_INSTANCE", value_from=ordinal)
    passwords = _passwords(system, service, values)
    return (*passwords, *(values[name] for name in sorted(values) if name not in {each.name for each in passwords}))


def _passwords(system: System, service: Service, values: dict[str, EnvVar]) -> tuple[EnvVar, ...]:
    """The passwords of connections; they come first, for Kubernetes puts into a value only what stands before it."""
    found: dict[str, SecretKey] = {}
    for each in connections(system, service, _address):
        text = unexpanded(each.text)
        if each.secret is not None:
            name = f"{OWN_PASSWORD}_{each.secret.name}_{each.secret.key}".upper()
            name = re.sub(r"[^A-Z0-9_]", "_", name)
            found[name] = SecretKey(name=each.secret.name, key=each.secret.key)
            text = text.replace(PASSWORD, f"$({name})")
        values[each.variable] = EnvVar(name=each.variable, value=text)
    own, secret = family_of(service).password, service.connection.secret if service.connection else None
    if service.kind == "backing" and own and secret is not None and own not in values:
        found[own] = SecretKey(name=secret.name, key=secret.key)
    return tuple(EnvVar(name=name, value_from=ValueFrom(secret_key_ref=found[name])) for name in sorted(found))


def _address(service: str, endpoint: Endpoint) -> str:
    """Inside a namespace a service's name is its host name."""
    return f"{service}:{endpoint.port}"


def unexpanded(text: str) -> str:
    """Kubernetes puts variables in place of $(NAME) and one $ in place of two; a manifest's text stays as it is."""
    return text.replace("$", "$$") if "$(" in text or "$$" in text else text


def _resources(service: Service) -> ResourceAmounts:
    requests, limits = {}, {}
    for ours, name in (("cpu", "cpu"), ("memory", "memory"), ("storage", "ephemeral-storage")):
        request, limit = getattr(service.resources, ours), getattr(service.resources.limits, ours)
        if request is None:
            request = _least(_DEFAULTS[ours], limit)
        requests[name], limits[name] = request, limit or request
    return ResourceAmounts(requests=requests, limits=limits)


def _least(default: str, limit: str | None) -> str:
    return limit if limit is not None and quantity_value(limit) < quantity_value(default) else default


def _volumes(service: Service, config_digest: str) -> tuple[Volume, ...]:
    found = [Volume(name="tmp", empty_dir=EmptyDir(size_limit=_resources(service).requests["ephemeral-storage"]))]
    if config_digest:
        found.append(Volume(name="config", config_map=ConfigMapVolume(name=config_name(service, config_digest))))
    return (*found, *volumes(service))


def _apart(service: Service) -> Affinity:
    term = PodAffinityTerm(topology_key="kubernetes.io/hostname", label_selector=serving(service))
    return Affinity(pod_anti_affinity=AntiAffinity(preferred=(WeightedTerm(weight=100, pod_affinity_term=term),)))


def _across_zones(service: Service) -> Spread:
    return Spread(
        max_skew=1,
        topology_key="topology.kubernetes.io/zone",
        when_unsatisfiable="ScheduleAnyway",
        label_selector=serving(service),
    )
