"""The Kubernetes target: the operations that a rollout needs, each a few words of what the other modules do."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from ...generate.kubernetes import environment_objects, plain
from ...generate.kubernetes.labels import port_name
from ...model import Service
from ...model.secrets import redact
from ...probe import NoAnswer, Send
from ..base import Evidence, Instance, Placement, Records, Release, Say, Served, TargetError, Used
from . import service_pods, traffic
from .answers import Clash
from .api import Api
from .cluster_records import ClusterRecords
from .cluster_tasks import ClusterTasks
from .inventory import WORKLOADS, apply_all, owned, prune, prune_files
from .kinds import HPA, HTTP_ROUTE, INGRESS, NETWORK_POLICY, SERVICE, SERVICE_ACCOUNT, Object, kind_of
from .lease import Leases
from .material import Sources, files_of, kept, made, recorded
from .proxy import pod_sender
from .settling import await_behind, await_gone, await_none, await_ready, await_rollout, await_room, runs, workload_kind
from .variants import TRACK, canary, canary_name, has_workload, pointed, rehearsal
from .workload_progress import is_ready

_GLANCE_SECONDS: Final = 5.0


class KubernetesTarget:
    """One environment in one namespace of one cluster."""

    poll = 1.0

    def __init__(self, api: Api, sources: Sources, leases: Leases | None = None) -> None:
        self._api, self._sources = api, sources
        self._leases = leases or Leases(api)
        self._records = ClusterRecords(api, self._leases)
        self._replaced: dict[str, int] = {}
        self._tasks = ClusterTasks(api)

    @property
    def tasks(self) -> ClusterTasks:
        return self._tasks

    @property
    def records(self) -> Records:
        return self._records

    def require_runnable(self, draft: Release) -> None:
        made(self._sources, draft)

    def configuration(self, spec: Service) -> Mapping[str, str]:
        """None: whoever deploys need not be allowed to read secrets."""
        return {}

    def prepare(self, release: Release, say: Say) -> Mapping[str, str]:
        objects, files, image = made(self._sources, release)
        say(f"the objects of {image}")
        for each in environment_objects(self._sources.system)["default-deny.yaml"]:
            self._api.apply(plain(each))
        for body in files:
            self._make_file(body)
        return kept(objects, files, image, release.material)

    def wanted(self, release: Release) -> int:
        return release.spec.min_replicas

    def ensure(self, placement: Placement, replicas: int) -> None:
        release, calling = placement.release, placement.calling
        self._leases.require((calling or release).service)
        if calling is not None:
            self._api.apply(rehearsal(recorded(release), release.service, calling.service))
        elif release.spec.runs_alone:
            apply_all(self._api, recorded(release))
        elif release.spec.kind != "job" and not self._runs_in_main(release):
            self._beside(release, replicas)

    def make_room(self, new: Release, old: Release) -> None:
        self._leases.require(new.service)
        for kind in WORKLOADS:
            there = self._api.find(kind, old.service)
            if there is not None and not runs(there, new):
                # An autoscaler would bring them back.
                self._api.delete(HPA, old.service)
                self._api.delete(kind, old.service, there["metadata"]["uid"])
        await_room(self._api, old.service)

    def observe(self, placement: Placement, patience: float | None = None) -> tuple[Instance, ...]:
        if placement.release.spec.kind == "job":
            return ()
        return service_pods.instances(self._api, placement, workload_kind(placement.release))

    def direct(self, placement: Placement, endpoint: str | None) -> Send:
        api = self._api.with_timeout(_GLANCE_SECONDS)
        return pod_sender(api.connection, api.namespace, _ready_pod(api, placement, endpoint))

    def front(self, release: Release, endpoint: str | None) -> Send:
        api, wanted = self._api.with_timeout(_GLANCE_SECONDS), release.spec.endpoint(endpoint)
        name = port_name(wanted.name) if wanted is not None else ""
        direct = _ready_pod(api, Placement(release), endpoint)
        turn = 0

        def chosen() -> tuple[str, int]:
            nonlocal turn
            ours = {each["metadata"]["name"] for each in service_pods.pods_of(api, Placement(release))}
            behind = [
                (pod, ports[name])
                for pod, ports in traffic.reached(api, release.service)
                if pod in ours and name in ports
            ]
            if not behind and self._replaced.get(release.service) == release.number:
                return direct()
            if not behind:
                raise NoAnswer(f"the Service {release.service} sends nobody to release {release.number}")
            turn += 1
            return behind[turn % len(behind)]

        return pod_sender(api.connection, api.namespace, chosen)

    def redact(self, release: Release, text: str) -> str:
        return redact(text)

    def shift(self, new: Release, old: Release | None, percent: int) -> None:
        self._leases.require(new.service)
        if percent >= 100 or old is None:
            self._take_over(new, old)
            return
        routes = traffic.weighted_routes(recorded(new), new.service, percent)
        if routes:
            apply_all(self._api, routes)
            return
        count = traffic.canaries_for(percent, self._ready_of(old))
        self._beside(new, count)
        self._await(new, count, lambda: traffic.join(self._api, new, count))

    def stop_traffic(self, new: Release, old: Release) -> None:
        """By weights or labels; a take-over at 100 is undone by `settle`."""
        if not traffic.shares(self._api, new.service).get(new.number):
            return
        apply_all(self._api, traffic.weighted_routes(recorded(new), new.service, 0))
        traffic.stop_traffic(self._api, new.service, old.number)

    def used(self, placement: Placement) -> Sequence[Used]:
        """None: not every cluster measures its pods, and none does by the second."""
        return ()

    def traffic(self, service: str, since: float) -> Sequence[Served]:
        """None: an API server does not see users' requests."""
        return ()

    def settle(self, service: str, release: Release | None) -> None:
        self._leases.require(service)
        if release is None:
            self._tasks.end(service, None)
            self._remove(service)
            return
        self._tasks.end(service, release.number)
        objects = recorded(release)
        if not has_workload(objects):
            apply_all(self._api, objects)
            prune(self._api, service, objects)
            await_gone(self._api, service, release.number)
            return
        if release.spec.runs_alone:
            self._end_others(release)
        traffic.stop_traffic(self._api, service, release.number)
        if self._canary_of(release) is not None and self._ready_of(release):
            first = pointed(objects, service, release.number)
            apply_all(self._api, first)
            self._await_rollout(release, first, lambda ready: self._shrink(release, objects, ready))
        apply_all(self._api, objects, yielding=self._runs_in_main(release))
        self._await_rollout(release, objects, lambda _: None)
        prune(self._api, service, objects)
        self._remove_rehearsals(service)
        await_gone(self._api, service, release.number)

    def _end_others(self, release: Release) -> None:
        """What may not run beside the release is gone before it starts."""
        for kind in WORKLOADS:
            there = self._api.find(kind, release.service)
            if there is not None and not runs(there, release):
                self._api.delete(kind, release.service, there["metadata"]["uid"])
                await_room(self._api, release.service)

    def clear(self, service: str, keep: Sequence[Release]) -> None:
        self._leases.require(service)
        self._remove_rehearsals(service)
        await_none(self._api, service_pods.rehearsals(service))
        for kind in WORKLOADS:
            there = self._api.find(kind, canary_name(service))
            if there is not None and not any(runs(there, each) for each in keep):
                self._api.delete(kind, canary_name(service), there["metadata"]["uid"])

    def remove(self, placement: Placement) -> None:
        release, calling = placement.release, placement.calling
        if calling is not None:
            self._api.delete(workload_kind(release), service_pods.workload_name(placement))
            await_none(self._api, service_pods.selector(placement))
            return
        there = self._canary_of(release)
        if there is not None:
            self._api.delete(workload_kind(release), there["metadata"]["name"], there["metadata"]["uid"])

    def evidence(self, placement: Placement) -> Evidence:
        return service_pods.evidence(self._api, placement, workload_kind(placement.release))

    def prune(self, service: str, keep: Sequence[Release]) -> None:
        prune_files(self._api, service, {name for each in keep for name in files_of(each)})
        self._tasks.prune(service)

    def _beside(self, release: Release, replicas: int) -> None:
        """The canary with at least so many replicas, and what its pods need to start."""
        objects = recorded(release)
        there = self._canary_of(release)
        if there is not None:
            replicas = max(replicas, int(there["spec"].get("replicas", 1)))
        needed = [each for each in objects if each["kind"] == SERVICE_ACCOUNT.name or _is_access(each, release.service)]
        apply_all(self._api, (*needed, *canary(objects, release.service, replicas)))

    def _take_over(self, new: Release, old: Release | None) -> None:
        """All users go to the canaries, as many as there were old replicas; those stay as they are until `settle`."""
        if not self._runs_in_main(new):
            count = max(new.spec.min_replicas, self._ready_of(old) if old is not None else 1)
            self._beside(new, count)
            self._await(new, count, lambda: self._ready_of(new))
        objects = recorded(new)
        reached = [each for each in objects if each["kind"] in (SERVICE.name, HTTP_ROUTE.name, INGRESS.name)]
        apply_all(self._api, pointed(reached, new.service, new.number))
        await_behind(self._api, new)
        if old is not None:
            self._replaced[old.service] = old.number

    def _shrink(self, release: Release, objects: Sequence[Object], ready: int) -> None:
        """Make room: each ready pod of those that stay relieves a canary, and never fewer than declared serve."""
        there = self._canary_of(release)
        if there is None:
            return
        main = self._api.find(workload_kind(release), release.service) or {"spec": {}}
        wanted = max(release.spec.min_replicas, int(main["spec"].get("replicas", 1)))
        fewer = max(1, wanted - ready)
        if fewer < int(there["spec"].get("replicas", 1)):
            apply_all(self._api, canary(objects, release.service, fewer))

    def _await_rollout(self, release: Release, objects: Sequence[Object], serve: Callable[[int], None]) -> None:
        await_rollout(self._api, release, objects, lambda: self._leases.require(release.service), serve)

    def _await(self, release: Release, count: int, ready: Callable[[], int]) -> None:
        await_ready(self._api, release, count, ready, lambda: self._leases.require(release.service))

    def _canary_of(self, release: Release) -> Object | None:
        there = self._api.find(workload_kind(release), canary_name(release.service))
        return there if there is not None and runs(there, release) else None

    def _runs_in_main(self, release: Release) -> bool:
        return runs(self._api.find(workload_kind(release), release.service), release)

    def _ready_of(self, release: Release) -> int:
        return sum(1 for each in service_pods.pods_of(self._api, Placement(release)) if is_ready(each))

    def _remove(self, service: str) -> None:
        for body in owned(self._api, service):
            self._api.delete(kind_of(body), body["metadata"]["name"])
        self._remove_rehearsals(service)
        await_gone(self._api, service, None)
        prune_files(self._api, service, ())

    def _remove_rehearsals(self, service: str) -> None:
        for kind in WORKLOADS:
            for body in self._api.list(kind, service_pods.rehearsals(service)).items:
                self._api.delete(kind, body["metadata"]["name"])

    def _make_file(self, body: Object) -> None:
        try:
            self._api.create(body)
        except Clash:
            return


def _ready_pod(api: Api, placement: Placement, endpoint: str | None) -> Callable[[], tuple[str, int]]:
    """Names one ready pod of the placement, its canary first, anew each time."""
    port = _port(placement.release, endpoint)

    def chosen() -> tuple[str, int]:
        ready = [each for each in service_pods.pods_of(api, placement) if is_ready(each)]
        if not ready:
            raise NoAnswer(f"no replica of {placement.release.service} {placement.release.version} is ready")
        ready.sort(key=lambda each: TRACK not in each["metadata"]["labels"])
        return str(ready[0]["metadata"]["name"]), port

    return chosen


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
