"""The monitor as pods of the cluster that it watches: hardened as every service is, with what it needs beside that.

It reads release records and pods, asks every service at its own address, tells people outside, and keeps what it
remembers on a volume. Of several replicas one holds a Lease and watches; only that one opens the volume's file.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from ...errors import OnewayError
from ...model import (
    Build,
    ClusterMonitor,
    Duration,
    Endpoint,
    Health,
    Limits,
    Resources,
    SecretRef,
    Service,
    Startup,
    System,
)
from .access import cluster_services
from .api.cluster import PolicyRule, Role, RoleBinding, RoleRef, Subject
from .api.meta import Object
from .api.network import ClusterService, EgressRule, IngressRule, IpBlock, NetworkPolicy, Peer, PolicyPort, PolicySpec
from .api.pods import (
    ClaimVolume,
    ConfigMapVolume,
    EnvVar,
    FieldPath,
    KeyToPath,
    PodSpec,
    ValueFrom,
    Volume,
    VolumeMount,
)
from .api.workloads import ClaimSpec, ConfigMap, Deployment, StorageRequest, VolumeClaim
from .config_maps import is_text
from .environment import DEPLOYER
from .labels import LEADS, MONITOR, every_pod, metadata, namespace
from .policy import TO_DNS, checked_ports, in_namespace
from .scaling import disruption_budget
from .survey import Site
from .waivers import Waiver, annotations, waivers_of
from .workload import account, workload

_PORT: Final = 8099
_ROOT: Final = "/app"
_DATA: Final = "/var/lib/oneway"
_API_SERVER: Final = (443, 6443)
MONITOR_BYTES: Final = 1_000_000
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_ADDRESS: Final = re.compile(
    r"(?P<scheme>https?)://([^/?#@]*@)?(\[[^]/]*\]|[^]:/?#\[]+)(:(?P<port>[0-9]{1,5}))?(?=[/?#]|$)"
)
_ASKS_THE_CLUSTER: Final = "it reads release records and pods, and takes the lease by which one replica watches"
_LABELLED_LATER: Final = "the pod that watches labels itself, so that nobody is led to one that stands by"
_WAIVED: Final = (
    ("polaris", "automountServiceAccountToken", _ASKS_THE_CLUSTER),
    ("checkov", "CKV_K8S_38", _ASKS_THE_CLUSTER),
    ("kube-score", "service-targets-pod", _LABELLED_LATER),
    ("kube-linter", "dangling-service", _LABELLED_LATER),
)


def monitor_objects(site: Site, files: Mapping[str, bytes]) -> tuple[Object, ...]:
    """Everything; nothing where the environment declares no `monitor`. `files` are the manifests and what checks send,
    by their paths."""
    system, wanted = site.system, site.system.settings.monitor
    if wanted is None:
        return ()
    service = _service(system, wanted)
    config = _config(system, service, files)
    return (
        account(system, service),
        *_rights(system, service),
        config,
        _claim(system, service, wanted),
        _policy(site, service),
        *(_of_the_leader(system, service, each) for each in cluster_services(system, service)),
        _deployment(system, service, config, sorted(files)),
        disruption_budget(system, service),
    )


def monitor_waivers(system: System) -> tuple[Waiver, ...]:
    """Every waiver of the monitor's objects."""
    wanted = system.settings.monitor
    if wanted is None:
        return ()
    own = (Waiver(MONITOR, judge, check, reason) for judge, check, reason in _WAIVED)
    return tuple(sorted((*waivers_of(system, _service(system, wanted)), *own)))


def _service(system: System, wanted: ClusterMonitor) -> Service:
    """The monitor as a manifest would declare it, so that its pods are like all others."""
    listen, data = f"0.0.0.0:{_PORT}", f"{_DATA}/monitor.db"
    options = ["--env", system.environment or "", "--manifests", f"{_ROOT}/{_folder(system)}", "--in-cluster"]
    return Service(
        api_version="oneway/v1",
        name=MONITOR,
        version="1.0.0",
        owner=min(system.platform.owners, default="nobody"),
        domain="platform",
        build=Build(image=wanted.image, start=("platform", "monitor", *options, "--listen", listen, "--data", data)),
        endpoints=(Endpoint(name="http", port=_PORT),),
        replicas=wanted.replicas,
        resources=Resources(
            cpu="100m", memory="192Mi", storage="64Mi", limits=Limits(cpu="1", memory="512Mi", storage="64Mi")
        ),
        health=Health(startup=Startup(path="/livez", within=Duration(60)), ready="/metrics", live="/livez"),
        secrets={name: SecretRef(name=wanted.secret, key=name) for name in _variables(system)},
    )


def _folder(system: System) -> str:
    """The folder of the manifests, below the repository's."""
    return system.platform_file.rpartition("/")[0] or "manifests"


def _variables(system: System) -> list[str]:
    """The variables that routes of alerts and the heartbeat name."""
    return sorted({name for text in _addresses(system) for name in _VARIABLE.findall(text)})


def _addresses(system: System) -> Iterable[str]:
    monitoring = system.platform.monitoring
    routes = monitoring.alerts.values()
    texts = (monitoring.webhook, monitoring.heartbeat and monitoring.heartbeat.url)
    return [each for each in (*texts, *(e.url for e in routes), *(e.password for e in routes)) if each]


def _rights(system: System, service: Service) -> Iterable[Object]:
    """What watching asks of the API server; what a deployer may, only where a manifest wants releases put back."""
    secrets = {secret.name for each in system.services.values() for secret in each.secrets.values()}
    rules = [
        ("", ("configmaps", "services"), ("get", "list")),
        ("", ("pods",), ("get", "list", "patch")),
        ("apps", ("deployments", "statefulsets"), ("get", "list")),
        ("discovery.k8s.io", ("endpointslices",), ("list",)),
        ("coordination.k8s.io", ("leases",), ("create", "get", "update")),
        *([("batch", ("jobs",), ("list",))] if any(each.jobs for each in system.services.values()) else []),
    ]
    made = [PolicyRule(api_groups=(group,), resources=what, verbs=verbs) for group, what, verbs in rules]
    if secrets:
        names = tuple(sorted(secrets))
        made.append(PolicyRule(api_groups=("",), resources=("secrets",), resource_names=names, verbs=("get",)))
    about = metadata(system, service)
    yield Role(api_version="rbac.authorization.k8s.io/v1", kind="Role", metadata=about, rules=tuple(made))
    yield _binding(system, service, MONITOR, MONITOR)
    if any(each.monitoring.rollback for each in system.services.values()):
        yield _binding(system, service, f"{MONITOR}-puts-back", DEPLOYER)


def _binding(system: System, service: Service, name: str, role: str) -> RoleBinding:
    return RoleBinding(
        api_version="rbac.authorization.k8s.io/v1",
        kind="RoleBinding",
        metadata=metadata(system, service, name),
        role_ref=RoleRef(api_group="rbac.authorization.k8s.io", kind="Role", name=role),
        subjects=(Subject(kind="ServiceAccount", name=MONITOR, namespace=namespace(system)),),
    )


def _config(system: System, service: Service, files: Mapping[str, bytes]) -> ConfigMap:
    if sum(map(len, files.values())) > MONITOR_BYTES:
        largest = max(sorted(files), key=lambda path: len(files[path]))
        raise OnewayError(
            f"the manifests and what checks send have more than {MONITOR_BYTES:,} bytes, which the monitor's ConfigMap "
            "does not hold",
            f"let checks send smaller files (`smoke[].request.file`); the largest is {largest}",
        )
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path}\0{len(files[path])}\0".encode() + files[path])
    return ConfigMap(
        api_version="v1",
        kind="ConfigMap",
        metadata=metadata(system, service, f"{MONITOR}-{digest.hexdigest()[:8]}"),
        immutable=True,
        data={_key(path): files[path].decode() for path in sorted(files) if is_text(files[path])},
        binary_data={
            _key(path): base64.b64encode(files[path]).decode() for path in sorted(files) if not is_text(files[path])
        },
    )


def _key(path: str) -> str:
    """A key that no other path has: keys hold letters, digits, dots, dashes and underscores."""
    return f"{hashlib.sha256(path.encode()).hexdigest()[:8]}-{re.sub(r'[^A-Za-z0-9._-]', '_', path)[-200:]}"


def _claim(system: System, service: Service, wanted: ClusterMonitor) -> VolumeClaim:
    """Pods of several machines mount it one after the other, and for moments together."""
    return VolumeClaim(
        api_version="v1",
        kind="PersistentVolumeClaim",
        metadata=metadata(system, service),
        spec=ClaimSpec(
            access_modes=("ReadWriteOnce" if wanted.replicas == 1 else "ReadWriteMany",),
            storage_class_name=wanted.storage_class,
            resources=StorageRequest(requests={"storage": wanted.storage}),
        ),
    )


def _policy(site: Site, service: Service) -> NetworkPolicy:
    """In: Prometheus, and people through the API server. Out: every service, names, the API server and receivers."""
    system = site.system
    port = (PolicyPort(port=_PORT, protocol="TCP"),)
    sources = (Peer(namespace_selector=in_namespace(system.settings.monitoring_namespace)),)
    blocks = tuple(Peer(ip_block=IpBlock(cidr=each)) for each in sorted(system.settings.control_plane))
    services = [
        EgressRule(to=(Peer(pod_selector=every_pod(name)),), ports=ports)
        for name, each in sorted(system.deployed.items())
        if (ports := checked_ports(each))
    ]
    anywhere = (Peer(ip_block=IpBlock(cidr="0.0.0.0/0")), Peer(ip_block=IpBlock(cidr="::/0")))
    outside = tuple(PolicyPort(port=each, protocol="TCP") for each in _outside(system))
    return NetworkPolicy(
        api_version="networking.k8s.io/v1",
        kind="NetworkPolicy",
        metadata=metadata(system, service),
        spec=PolicySpec(
            pod_selector=every_pod(MONITOR),
            policy_types=("Ingress", "Egress"),
            ingress=(IngressRule(sources=(*sources, *blocks), ports=port),),
            egress=(*services, EgressRule(to=anywhere, ports=outside), TO_DNS),
        ),
    )


def _outside(system: System) -> list[int]:
    """The API server's ports, and those of who is told."""
    ports = set(_API_SERVER)
    for text in _addresses(system):
        address = _ADDRESS.match(_VARIABLE.sub("variable", text))
        if address is not None:
            ports.add(int(address["port"] or (80 if address["scheme"] == "http" else 443)))
    ports |= {each.port for each in system.platform.monitoring.alerts.values() if each.kind == "smtp"}
    return sorted(ports)


def _of_the_leader(system: System, service: Service, each: ClusterService) -> ClusterService:
    """Who asks for the page is led to the replica that watches."""
    waived = annotations(waiver for waiver in monitor_waivers(system) if waiver.reason == _LABELLED_LATER)
    spec = msgspec.structs.replace(each.spec, selector={**each.spec.selector, LEADS: "true"})
    return msgspec.structs.replace(each, metadata=metadata(system, service, annotations=waived), spec=spec)


def _deployment(system: System, service: Service, config: ConfigMap, paths: Iterable[str]) -> Deployment:
    image = service.build.image or ""
    found = workload(system, service, image, {})
    assert isinstance(found, Deployment)
    template = found.spec.template
    spec = msgspec.structs.replace(template, spec=_pod(template.spec, config, paths))
    about = metadata(system, service, annotations=annotations(monitor_waivers(system)))
    return msgspec.structs.replace(found, metadata=about, spec=msgspec.structs.replace(found.spec, template=spec))


def _pod(pod: PodSpec, config: ConfigMap, paths: Iterable[str]) -> PodSpec:
    (container,) = pod.containers
    told = (("POD_IP", "status.podIP"), ("POD_NAME", "metadata.name"))
    env = (
        *container.env,
        *(EnvVar(name=name, value_from=ValueFrom(field_ref=FieldPath(field_path=path))) for name, path in told),
    )
    mounts = (
        *container.volume_mounts,
        VolumeMount(name="data", mount_path=_DATA),
        VolumeMount(name="repository", mount_path=_ROOT, read_only=True),
    )
    items = tuple(KeyToPath(key=_key(path), path=path) for path in paths)
    volumes = (
        *pod.volumes,
        Volume(name="data", persistent_volume_claim=ClaimVolume(claim_name=MONITOR)),
        Volume(name="repository", config_map=ConfigMapVolume(name=config.metadata.name, items=items)),
    )
    return msgspec.structs.replace(
        pod,
        automount_service_account_token=True,
        containers=(msgspec.structs.replace(container, env=env, volume_mounts=mounts),),
        volumes=volumes,
    )
