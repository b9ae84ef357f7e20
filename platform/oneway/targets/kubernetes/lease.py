"""One deploy per service at a time: a Lease, renewed while it is held, that says who holds it.

What has run out is judged by the API server's own clock, so machines whose clocks differ agree. A holder that was
cut off keeps the lease when nobody else took it in between, and knows when somebody did.
"""

import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from ...errors import OnewayError
from ..base import Holder, Locked, TargetError
from .answers import Clash, Missing
from .api import Api
from .kinds import LEASE, Object

SECONDS: Final = 15
_RENEW_EVERY: Final = 4.0
_TOKEN: Final = "oneway/token"
_MICRO: Final = "%Y-%m-%dT%H:%M:%S.%fZ"


class Leases:
    """The leases of a namespace, one per service; `require` stops work when one that was held is somebody else's."""

    def __init__(self, api: Api, seconds: int = SECONDS, renew_every: float = _RENEW_EVERY) -> None:
        self._api, self._seconds, self._renew_every = api, seconds, renew_every
        self._lost: dict[str, Holder] = {}
        self._renewed: dict[str, float] = {}

    def holder(self, service: str) -> Holder | None:
        """Who holds the service now."""
        lease = self._api.find(LEASE, _name(service))
        return None if lease is None or self._is_free(lease) else _holder(lease)

    @contextmanager
    def hold(self, service: str, holder: Holder) -> Iterator[None]:
        """Hold the service while the block runs; raises Locked at once when somebody else does."""
        token, asked = uuid.uuid4().hex, time.monotonic()
        self._lost.pop(service, None)
        self._take(service, holder, token)
        self._renewed[service] = asked
        ended = threading.Event()
        renewing = threading.Thread(
            target=self._renew, args=(service, token, ended), name=f"lease-{service}", daemon=True
        )
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join(timeout=self._renew_every)
            self._release(service, token)

    def is_certain(self, service: str) -> bool:
        """Whether nobody else can hold what is held here: it was renewed in time, by this machine's clock."""
        renewed = self._renewed.get(service, float("-inf"))
        return service not in self._lost and time.monotonic() < renewed + self._seconds

    def require(self, service: str) -> None:
        """Raise TargetError when the service was held here and somebody else has taken it since."""
        if service in self._lost:
            raise TargetError(
                f"{self._lost[service].who} has taken over {service} while this machine was cut off",
                f"nothing more is changed from here; `platform history {service}` says what became of it",
            )

    def _take(self, service: str, holder: Holder, token: str) -> None:
        while True:
            found = self._api.find(LEASE, _name(service))
            if found is not None and not self._is_free(found):
                raise Locked(
                    service,
                    _holder(found),
                    f"wait until it has ended; a machine that is gone holds it for at most {self._seconds} s",
                )
            body = self._held(service, holder, token, found)
            try:
                self._api.create(body) if found is None else self._api.replace(body)
            except Clash:
                continue
            return

    def _held(self, service: str, holder: Holder, token: str, found: Object | None) -> Object:
        now = _time(self._api.server_time())
        body: Object = found or {
            "apiVersion": LEASE.api_version,
            "kind": LEASE.name,
            "metadata": {"name": _name(service), "labels": {"app.kubernetes.io/managed-by": "platform"}},
        }
        transitions = int((body.get("spec") or {}).get("leaseTransitions") or 0) + (found is not None)
        body["metadata"]["annotations"] = {_TOKEN: token}
        body["spec"] = {
            "holderIdentity": holder.who,
            "acquireTime": _time(holder.since),
            "renewTime": now,
            "leaseDurationSeconds": self._seconds,
            "leaseTransitions": transitions,
        }
        return body

    def _renew(self, service: str, token: str, ended: threading.Event) -> None:
        while not ended.wait(self._renew_every):
            try:
                self._renew_once(service, token)
            except _Taken as taken:
                self._lost[service] = taken.holder
                return
            except OnewayError:
                continue

    def _renew_once(self, service: str, token: str) -> None:
        api, asked = self._api.with_timeout(self._renew_every), time.monotonic()
        lease = api.get(LEASE, _name(service))
        if _token(lease) != token:
            raise _Taken(_holder(lease))
        lease["spec"]["renewTime"] = _time(api.server_time())
        api.replace(lease)
        self._renewed[service] = asked

    def _release(self, service: str, token: str) -> None:
        try:
            lease = self._api.get(LEASE, _name(service))
            if _token(lease) == token:
                lease["spec"] = {"leaseTransitions": (lease["spec"] or {}).get("leaseTransitions", 0)}
                lease["metadata"]["annotations"].pop(_TOKEN)
                self._api.replace(lease)
        except (Missing, Clash):
            return

    def _is_free(self, lease: Object) -> bool:
        spec = lease.get("spec") or {}
        if not spec.get("holderIdentity"):
            return True
        renewed = _seconds(spec.get("renewTime"))
        return self._api.server_time() > renewed + float(spec.get("leaseDurationSeconds") or SECONDS)


class _Taken(Exception):
    def __init__(self, holder: Holder) -> None:
        super().__init__(holder.who)
        self.holder = holder


def _name(service: str) -> str:
    return f"oneway.{service}"


def _holder(lease: Object) -> Holder:
    spec = lease.get("spec") or {}
    return Holder(str(spec.get("holderIdentity") or "nobody"), _seconds(spec.get("acquireTime")))


def _token(lease: Object) -> str:
    return str((lease["metadata"].get("annotations") or {}).get(_TOKEN, ""))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime(_MICRO)


def _seconds(text: Any) -> float:
    try:
        return datetime.fromisoformat(str(text).replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
