"""The Kubernetes target: the operations that a rollout needs, each a few words of what the other modules do."""

from collections.abc import Mapping, Sequence
from typing import Final

from ...generate.kubernetes import environment_objects, plain
from ...generate.kubernetes.labels import port_name
from ...probe import NoAnswer, Send
from ..base import Evidence, Instance, Placement, Records, Release, Say, Served, TargetError
from . import pods, traffic
from .answers import Clash
from .api import Api
from .inventory import WORKLOADS, apply_all, owned, prune, prune_files
from .kinds import NETWORK_POLICY, SERVICE_ACCOUNT, Object, kind_of
from .lease import Leases
from .material import Sources, files_of, kept, made, recorded
from .proxy import pod_sender
from .records import ClusterRecords
from .rollout import is_ready, release_of
from .settling import await_gone, await_joined, await_rollout, serves_from_main, workload_kind
from .variants import RELEASE, TRACK, canary, canary_name, rehearsal

_HASTE: Final = 5.0


class KubernetesTarget:
    """One environment in one namespace of one cluster."""

    poll = 1.0

    def __init__(self, api: Api, sources: Sources, leases: Leases | None = None) -> None:
        self._api, self._sources = api, sources
        self._leases = leases or Leases(api)
        self._records = ClusterRecords(api, self._leases)

    @property
    def records(self) -> Records:
        return self._records

    def prepare(self, release: Release, say: Say) -> Mapping[str, str]:
        objects, files, image = made(self._sources, release)
        say(f"the objects of {image}")
        for each in environment_objects(self._sources.system)["default-deny.yaml"]:
            self._api.apply(plain(each))
        for body in files:
            self._make_file(body)
        return kept(objects, files, image, release.material)

    def ensure(self, placement: Placement, replicas: int) -> None:
        release, calling = placement.release, placement.calling
        self._leases.require((calling or release).service)
        if calling is not None:
            self._api.apply(rehearsal(recorded(release), release.service, calling.service))
        elif not serves_from_main(self._api.find(workload_kind(release), release.service), release):
            self._beside(release, replicas)

    def observe(self, placement: Placement) -> tuple[Instance, ...]:
        return pods.instances(self._api, placement, workload_kind(placement.release))

    def direct(self, placement: Placement, endpoint: str | None) -> Send:
        api, port = self._api.hasty(_HASTE), _port(placement.release, endpoint)

        def chosen() -> tuple[str, int]:
            ready = [each for each in pods.pods_of(api, placement) if is_ready(each)]
            if not ready:
                raise NoAnswer(f"no replica of {placement.release.service} {placement.release.version} is ready")
            ready.sort(key=lambda each: TRACK not in each["metadata"]["labels"])
            return str(ready[0]["metadata"]["name"]), port

        return pod_sender(api.connection, api.namespace, chosen)

    def front(self, release: Release, endpoint: str | None) -> Send:
        api, wanted = self._api.hasty(_HASTE), release.spec.endpoint(endpoint)
        name = port_name(wanted.name) if wanted is not None else ""
        turn = 0

        def chosen() -> tuple[str, int]:
            nonlocal turn
            ours = {each["metadata"]["name"] for each in pods.pods_of(api, Placement(release))}
            behind = [
                (pod, ports[name])
                for pod, ports in traffic.endpoints(api, release.service)
                if pod in ours and name in ports
            ]
            if not behind:
                raise NoAnswer(f"the Service {release.service} sends nobody to release {release.number}")
            turn += 1
            return behind[turn % len(behind)]

        return pod_sender(api.connection, api.namespace, chosen)

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        self._leases.require(new.service)
        objects = recorded(new)
        if serves_from_main(self._api.find(workload_kind(new), new.service), new):
            percent = 100
        if percent >= 100 or old is None:
            self._promote(new, objects)
            return
        routes = traffic.weighted_routes(objects, new.service, percent)
        if routes:
            apply_all(self._api, routes)
            return
        count = traffic.canaries_for(percent, self._ready_of(old))
        self._beside(new, count)
        await_joined(self._api, new, count, lambda: self._leases.require(new.service))

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        """None: an API server does not see users' requests."""
        return ()

    def settle(self, service: str, release: Release | None) -> None:
        self._leases.require(service)
        if release is None:
            self._remove(service)
            return
        objects = recorded(release)
        traffic.withdraw(self._api, service, release.number)
        self._promote(release, objects)
        prune(self._api, service, objects)
        self._remove_rehearsals(service)
        await_gone(self._api, service, release.number)

    def remove(self, placement: Placement) -> None:
        release, calling = placement.release, placement.calling
        if calling is not None:
            self._api.delete(workload_kind(release), pods.workload_name(placement))
            return
        name = canary_name(release.service)
        canary_now = self._api.find(workload_kind(release), name)
        if canary_now is not None and serves_from_main(canary_now, release):
            self._api.delete(workload_kind(release), name, canary_now["metadata"]["uid"])

    def evidence(self, placement: Placement) -> Evidence:
        return pods.evidence(self._api, placement, workload_kind(placement.release))

    def prune(self, service: str, keep: Sequence[Release]) -> None:
        prune_files(self._api, service, {name for each in keep for name in files_of(each)})

    def _beside(self, release: Release, replicas: int) -> None:
        """The canary with at least so many replicas, and what its pods need to start."""
        objects = recorded(release)
        there = self._api.find(workload_kind(release), canary_name(release.service))
        if there is not None and serves_from_main(there, release):
            replicas = max(replicas, int(there["spec"].get("replicas", 1)))
        needed = [each for each in objects if each["kind"] == SERVICE_ACCOUNT.name or _is_access(each, release.service)]
        apply_all(self._api, (*needed, *canary(objects, release.service, replicas)))

    def _promote(self, release: Release, objects: Sequence[Object]) -> None:
        """What serves becomes this release, pod by pod, none going before its successor is available."""
        apply_all(self._api, objects)
        await_rollout(self._api, release, objects, lambda: self._leases.require(release.service))

    def _ready_of(self, old: Release) -> int:
        found = pods.pods_of(self._api, Placement(old))
        return sum(1 for each in found if is_ready(each) and release_of(each, RELEASE) == old.number)

    def _remove(self, service: str) -> None:
        for body in owned(self._api, service):
            self._api.delete(kind_of(body), body["metadata"]["name"])
        self._remove_rehearsals(service)
        await_gone(self._api, service, None)
        prune_files(self._api, service, ())

    def _remove_rehearsals(self, service: str) -> None:
        for kind in WORKLOADS:
            for body in self._api.list(kind, pods.rehearsals(service)).items:
                self._api.delete(kind, body["metadata"]["name"])

    def _make_file(self, body: Object) -> None:
        try:
            self._api.create(body)
        except Clash:
            return


def _port(release: Release, endpoint: str | None) -> int:
    wanted = release.spec.endpoint(endpoint)
    if wanted is None:
        raise TargetError(
            f"{release.service} has no endpoint {endpoint or ''}".rstrip(),
            "name one of `endpoints` in the check's request",
        )
    return wanted.port


def _is_access(body: Object, service: str) -> bool:
    return bool(body["kind"] == NETWORK_POLICY.name and body["metadata"]["name"] != service)
