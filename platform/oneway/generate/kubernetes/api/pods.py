"""Pods: containers, probes, security, placement."""

from msgspec import field

from .meta import Labels, Metadata, Part, Selector


class FieldPath(Part, frozen=True, kw_only=True):
    field_path: str


class SecretKey(Part, frozen=True, kw_only=True):
    name: str
    key: str


class ValueFrom(Part, frozen=True, kw_only=True):
    field_ref: FieldPath | None = None
    secret_key_ref: SecretKey | None = None


class EnvVar(Part, frozen=True, kw_only=True):
    name: str
    value: str | None = None
    value_from: ValueFrom | None = None


class ContainerPort(Part, frozen=True, kw_only=True):
    name: str
    container_port: int
    protocol: str = "TCP"


class HttpGet(Part, frozen=True, kw_only=True):
    path: str
    port: str


class Grpc(Part, frozen=True, kw_only=True):
    port: int


class TcpSocket(Part, frozen=True, kw_only=True):
    port: str


class Exec(Part, frozen=True, kw_only=True):
    command: tuple[str, ...]


class Probe(Part, frozen=True, kw_only=True):
    command: Exec | None = field(name="exec", default=None)
    http_get: HttpGet | None = None
    grpc: Grpc | None = None
    tcp_socket: TcpSocket | None = None
    period_seconds: int
    timeout_seconds: int = 1
    failure_threshold: int = 3


class Capabilities(Part, frozen=True, kw_only=True):
    drop: tuple[str, ...]


class ContainerSecurity(Part, frozen=True, kw_only=True):
    run_as_non_root: bool
    privileged: bool
    allow_privilege_escalation: bool
    read_only_root_filesystem: bool
    capabilities: Capabilities


class Seccomp(Part, frozen=True, kw_only=True):
    type: str


class PodSecurity(Part, frozen=True, kw_only=True):
    run_as_non_root: bool
    run_as_user: int
    run_as_group: int
    fs_group: int
    seccomp_profile: Seccomp


class ResourceAmounts(Part, frozen=True, kw_only=True):
    requests: Labels
    limits: Labels = field(default_factory=dict)


class Sleep(Part, frozen=True, kw_only=True):
    seconds: int


class Handler(Part, frozen=True, kw_only=True):
    sleep: Sleep


class Lifecycle(Part, frozen=True, kw_only=True):
    pre_stop: Handler


class VolumeMount(Part, frozen=True, kw_only=True):
    name: str
    mount_path: str
    read_only: bool = False


class EmptyDir(Part, frozen=True, kw_only=True):
    size_limit: str


class KeyToPath(Part, frozen=True, kw_only=True):
    key: str
    path: str


class ConfigMapVolume(Part, frozen=True, kw_only=True):
    name: str
    items: tuple[KeyToPath, ...] = ()


class ClaimVolume(Part, frozen=True, kw_only=True):
    claim_name: str


class Volume(Part, frozen=True, kw_only=True):
    name: str
    empty_dir: EmptyDir | None = None
    config_map: ConfigMapVolume | None = None
    persistent_volume_claim: ClaimVolume | None = None


class Container(Part, frozen=True, kw_only=True):
    name: str
    image: str
    image_pull_policy: str
    command: tuple[str, ...] = ()
    ports: tuple[ContainerPort, ...] = ()
    env: tuple[EnvVar, ...] = ()
    security_context: ContainerSecurity
    startup_probe: Probe | None = None
    readiness_probe: Probe | None = None
    liveness_probe: Probe | None = None
    lifecycle: Lifecycle | None = None
    resources: ResourceAmounts
    volume_mounts: tuple[VolumeMount, ...]


class PodAffinityTerm(Part, frozen=True, kw_only=True):
    topology_key: str
    label_selector: Selector


class WeightedTerm(Part, frozen=True, kw_only=True):
    weight: int
    pod_affinity_term: PodAffinityTerm


class AntiAffinity(Part, frozen=True, kw_only=True):
    preferred: tuple[WeightedTerm, ...] = field(name="preferredDuringSchedulingIgnoredDuringExecution")


class Affinity(Part, frozen=True, kw_only=True):
    pod_anti_affinity: AntiAffinity


class Spread(Part, frozen=True, kw_only=True):
    max_skew: int
    topology_key: str
    when_unsatisfiable: str
    label_selector: Selector


class PodSpec(Part, frozen=True, kw_only=True):
    service_account_name: str
    automount_service_account_token: bool
    enable_service_links: bool
    priority_class_name: str
    termination_grace_period_seconds: int
    security_context: PodSecurity
    restart_policy: str | None = None
    affinity: Affinity | None = None
    topology_spread_constraints: tuple[Spread, ...] = ()
    containers: tuple[Container, ...]
    volumes: tuple[Volume, ...]


class PodTemplate(Part, frozen=True, kw_only=True):
    metadata: Metadata
    spec: PodSpec
