"""What people ask of the cluster beside rollouts: what is wrong, where it answers, what it prints, what is new."""

from collections.abc import Iterator, Mapping, Sequence

from ...errors import OnewayError, UsageError
from ...generate.kubernetes import MONITOR
from ..base import Instance, LogLine, Release, Scaling, Site, TargetError, TargetFault
from . import logs, traffic
from .api import Api
from .connection import connect
from .difference import differences
from .election import PodElection
from .inventory import owned
from .kinds import POD, title
from .lease import Leases
from .material import Sources, made
from .permissions import missing, told
from .target import KubernetesTarget

_GLANCE_SECONDS = 10.0


class KubernetesSite(KubernetesTarget):
    """One environment in one namespace of one cluster, with what the commands need."""

    @property
    def name(self) -> str:
        """Where this is, for people."""
        settings = self._sources.system.settings
        return f"namespace {self._api.namespace} of context {settings.context} ({self._api.connection.server})"

    def restore_records(self) -> str:
        """Nothing: the records are objects of the cluster, and are kept with it."""
        return ""

    def repair(self) -> Iterator[str]:
        """Nothing, as above."""
        yield from ()

    def end_orphans(self) -> Iterator[str]:
        """Nothing: `settle` removes whatever carries the service's labels."""
        yield from ()

    def require(self) -> None:
        lacking = missing(self._api, self._sources.system)
        if lacking:
            raise TargetError(
                f"this identity may not, in namespace {self._api.namespace}: {told(lacking)}",
                "bind the Role that `platform generate` writes (role.yaml) to it, or use another context",
            )

    def neighbours(self) -> tuple[str, ...]:
        """None: a namespace is one environment's."""
        return ()

    def faults(self) -> tuple[TargetFault, ...]:
        api = self._api.with_timeout(_GLANCE_SECONDS)
        try:
            api.list(POD, fields="metadata.name=oneway")
            lacking = missing(api, self._sources.system)
        except OnewayError as error:
            return (TargetFault(error.message),)
        return (TargetFault(f"this identity may not: {told(lacking)}"),) if lacking else ()

    def survivors(self, release: Release) -> tuple[Instance, ...]:
        """None: without its API server a cluster tells nothing."""
        return ()

    def addresses(self, service: str) -> Mapping[str, str]:
        spec = self._sources.system.services.get(service)
        if spec is None:
            return {}
        inside = f"{service}.{self._api.namespace}"
        found = {each.name: f"{each.protocol}://{inside}:{each.port}" for each in spec.endpoints}
        return found | self._public(service)

    def serving(self, service: str) -> Mapping[int, int]:
        return traffic.shares(self._api, service)

    def scale(self, release: Release, replicas: int, why: str) -> None:
        raise TargetError(
            f"on a cluster {release.service} has as many replicas as its manifest says",
            "change `replicas` or `scale` there and deploy; by `scale` its HorizontalPodAutoscaler decides",
        )

    def scalings(self, service: str) -> Sequence[Scaling]:
        """None: the events of its HorizontalPodAutoscaler tell."""
        return ()

    def blocked(self, service: str) -> str:
        """Nothing: a pod that finds no place says so itself."""
        return ""

    def logs(self, service: str, lines: int, follow: bool, since: float | None = None) -> Iterator[LogLine]:
        wanted = logs.wanted(lines, since)
        return logs.follow(self._api, service, wanted) if follow else logs.lines(self._api, service, wanted)

    def differences(self, release: Release, live: Release | None) -> tuple[str, ...]:
        objects, files, _ = made(self._sources, release)
        wanted = {(each["kind"], each["metadata"]["name"]) for each in objects}
        gone = [
            f"- {title(each)}"
            for each in owned(self._api, release.service)
            if (each["kind"], each["metadata"]["name"]) not in wanted
        ]
        return (*differences(self._api, (*files, *objects)), *gone)

    def election(self, pod: str) -> PodElection:
        """The part of a pod of the monitor in who watches."""
        return PodElection(self._api, MONITOR, pod)

    def shut_down(self) -> None:
        """Nothing: a cluster runs on its own."""

    def _public(self, service: str) -> dict[str, str]:
        system = self._sources.system
        host, spec = system.settings.host, system.services[service]
        if host is None:
            return {}
        doors = [
            (name, each.name)
            for name in sorted(system.deployed)
            for each in system.services[name].endpoints
            if each.public
        ]
        single = len(doors) == 1
        return {
            each.name: f"https://{host}" if single else f"https://{service}.{host}"
            for each in spec.endpoints
            if each.public
        }


def kubernetes_site(sources: Sources, context: str | None = None, namespace: str | None = None) -> KubernetesSite:
    """The site that the chosen environment names, with `context` and `namespace` in place of its own where given."""
    system = sources.system
    connection = connect(context or system.settings.context, system.environment or "default")
    api = Api(connection, namespace or system.settings.namespace or system.platform.name)
    return KubernetesSite(api, sources, Leases(api))


def pod_election(site: Site, pod: str) -> PodElection:
    """The part of a pod in who watches. UsageError where the environment is no cluster."""
    if not isinstance(site, KubernetesSite):
        raise UsageError("--in-cluster is for environments whose target is kubernetes", "name one with --env")
    return site.election(pod)
