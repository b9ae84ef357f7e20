"""The ledger of leases in a Kubernetes cluster: one Lease of coordination.k8s.io for each worker number.

Machines of a cluster share no clock, so that nobody believes the times in a Lease: it has ended where whoever wants it
has seen it unchanged for as long as it lasts, by its own clock. Each change names the version that it is a change of.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from id_service.clocks import uptime
from id_service.generator import EPOCH, system_clock
from id_service.ledger import Entry, Lease, NoLease, Now, StoreLost, entry_of, given_back, grant, least_unknown, renew
from id_service.stores import MOST_SKEW, SECONDS, check_clock

if TYPE_CHECKING:
    import httpx

ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")
LABEL = "oneway/worker-numbers-of"
BOUND = "oneway/issued-below"
_LONGEST_WAIT = 2.0
_TRIES = 20
_MANAGER = "oneway-id"
# A Date header tells whole seconds.
_COARSE = 1.0


@dataclass(slots=True)
class KubernetesStore:
    """`open` gives a client of the API server, which reads its token anew: that is exchanged while this runs."""

    open: Callable[[], "httpx.Client"]
    namespace: str
    prefix: str = "id-worker"
    wall: Callable[[], int] = system_clock
    shared: Callable[[], float] = uptime
    seconds: float = SECONDS
    most_skew: float = MOST_SKEW + _COARSE
    _seen: dict[str, tuple[str, float]] = field(default_factory=dict)

    def is_replaced(self) -> bool:
        """It is asked too seldom for that; see ledger.LEAST_KNOWN."""
        return False

    def take(self, holder: str, preferred: int | None) -> Lease:
        with self._client() as client:
            for _ in range(_TRIES):
                found = self._list(client)
                now = self._now()
                lease = grant(self._entries(found), holder, preferred, now, self.seconds, least_unknown(now))
                if self._write(client, found.get(lease.worker), lease.worker, entry_of(lease, now)):
                    return lease
        raise StoreLost("the Leases of this namespace are changed by too many at once")

    def renew(self, lease: Lease) -> Lease:
        with self._client() as client:
            for _ in range(_TRIES):
                found = self._get(client, lease.worker)
                now = self._now()
                renewed = renew(self._entries(found), lease, now, self.seconds)
                if self._write(client, found[lease.worker], lease.worker, entry_of(renewed, now)):
                    return renewed
        raise StoreLost("the Lease is changed by others again and again")

    def give_back(self, lease: Lease, used: int) -> None:
        with self._client() as client:
            found = self._get(client, lease.worker)
            if lease.worker in found and found[lease.worker]["spec"].get("holderIdentity") == lease.holder:
                self._write(client, found[lease.worker], lease.worker, given_back(lease, used))

    @contextmanager
    def _client(self) -> Iterator["httpx.Client"]:
        import httpx

        try:
            with self.open() as client:
                yield client
        except (httpx.HTTPError, OSError, ValueError, KeyError, TypeError) as error:
            raise StoreLost(f"the Leases of this cluster cannot be used: {type(error).__name__}: {error}") from error

    def _now(self) -> Now:
        return Now("", self.shared(), self.wall())

    def _list(self, client: "httpx.Client") -> dict[int, Mapping[str, Any]]:
        answer = client.get(self._path(), params={"labelSelector": f"{LABEL}={self.prefix}"})
        self._judge(answer)
        return {_worker(each): each for each in answer.json()["items"]}

    def _get(self, client: "httpx.Client", worker: int) -> dict[int, Mapping[str, Any]]:
        answer = client.get(self._path(worker))
        if answer.status_code == 404:
            return {}
        self._judge(answer)
        return {worker: answer.json()}

    def _write(self, client: "httpx.Client", before: Mapping[str, Any] | None, worker: int, entry: Entry) -> bool:
        """False where somebody else was first."""
        at = self.shared()
        body = self._body(before, worker, entry)
        manager = {"fieldManager": _MANAGER}
        if before is None:
            answer = client.post(self._path(), json=body, params=manager)
        else:
            answer = client.put(self._path(worker), json=body, params=manager)
        if answer.status_code in (404, 409):
            return False
        self._judge(answer)
        self._seen[self._name(worker)] = (answer.json()["metadata"]["resourceVersion"], at)
        return True

    def _judge(self, answer: "httpx.Response") -> None:
        """Raises NoLease where this machine's clock is wrong."""
        if answer.status_code in (401, 403):
            raise StoreLost(
                "the API server refuses: this service account must be allowed to get, list, create and update leases "
                f"of coordination.k8s.io in namespace {self.namespace} (status {answer.status_code})"
            )
        answer.raise_for_status()
        date = answer.headers.get("Date")
        if date:
            store = parsedate_to_datetime(date).timestamp()
            check_clock(self.wall() / 1000 + EPOCH.timestamp(), store + _COARSE / 2, self.most_skew)

    def _entries(self, found: Mapping[int, Mapping[str, Any]]) -> dict[int, Entry]:
        return {worker: self._entry(lease) for worker, lease in found.items()}

    def _entry(self, lease: Mapping[str, Any]) -> Entry:
        """It is held until it has been unchanged for as long as it lasts since it was first seen so."""
        metadata, spec = lease["metadata"], lease["spec"]
        name, version = metadata["name"], metadata["resourceVersion"]
        if self._seen.get(name, ("", 0.0))[0] != version:
            self._seen[name] = (version, self.shared())
        lasts = max(self.seconds, float(spec.get("leaseDurationSeconds") or 0))
        bound = metadata.get("annotations", {}).get(BOUND)
        least = least_unknown(self._now()) if bound is None else int(bound)
        return Entry(spec.get("holderIdentity") or "", "", self._seen[name][1] + lasts, least)

    def _body(self, before: Mapping[str, Any] | None, worker: int, entry: Entry) -> dict[str, Any]:
        at = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        spec: dict[str, Any] = {
            "holderIdentity": entry.holder,
            "leaseDurationSeconds": int(self.seconds),
            "renewTime": at,
        }
        metadata = {
            "name": self._name(worker),
            "labels": {LABEL: self.prefix},
            "annotations": {BOUND: str(entry.bound)},
        }
        if before is not None:
            metadata["resourceVersion"] = before["metadata"]["resourceVersion"]
        return {"apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata, "spec": spec}

    def _path(self, worker: int | None = None) -> str:
        path = f"/apis/coordination.k8s.io/v1/namespaces/{self.namespace}/leases"
        return path if worker is None else f"{path}/{self._name(worker)}"

    def _name(self, worker: int) -> str:
        return f"{self.prefix}-{worker}"


def kubernetes_store(environ: Mapping[str, str], account: Path = ACCOUNT) -> KubernetesStore:
    """Of the cluster that this process runs in. Raises NoLease outside of one."""
    host, port = environ.get("KUBERNETES_SERVICE_HOST"), environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        namespace = (account / "namespace").read_text().strip()
    except OSError:
        namespace = ""
    if not host or not namespace:
        raise NoLease("ID_LEASES is kubernetes, but this is no pod with a service account's token")
    address = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"

    def client() -> "httpx.Client":
        import ssl

        import httpx

        token = (account / "token").read_text().strip()
        trusted = ssl.create_default_context(cafile=str(account / "ca.crt"))
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.Client(base_url=address, headers=headers, verify=trusted, timeout=_LONGEST_WAIT, trust_env=False)

    return KubernetesStore(client, namespace)


def _worker(lease: Mapping[str, Any]) -> int:
    return int(str(lease["metadata"]["name"]).rpartition("-")[2])
