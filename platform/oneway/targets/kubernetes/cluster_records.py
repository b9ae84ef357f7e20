"""Release records in the cluster itself, one ConfigMap each, so that any machine can carry on."""

import base64
import zlib
from contextlib import AbstractContextManager
from typing import Final

import msgspec

from ..base import Holder, Release, State, TargetError, decode_release, encode_release
from .answers import Clash
from .api import Api, ServerLost
from .kinds import CONFIG_MAP, Object
from .lease import Leases

KEPT: Final = 20
_SERVICE: Final = "oneway/record-of"
_NUMBER: Final = "oneway/record-number"
_KEY: Final = "release.json.z"
_MOST_BYTES: Final = 900_000
_UNFINISHED: Final = frozenset({State.UNDER_WAY, State.ROLLING_BACK})


class ClusterRecords:
    """Records and locks of one namespace."""

    def __init__(self, api: Api, leases: Leases) -> None:
        self._api, self._leases = api, leases

    def lock(self, service: str, holder: Holder) -> AbstractContextManager[None]:
        return self._leases.hold(service, holder)

    def holder(self, service: str) -> Holder | None:
        return self._leases.holder(service)

    def services(self) -> tuple[str, ...]:
        found = self._api.list(CONFIG_MAP, _SERVICE).items
        return tuple(sorted({str(each["metadata"]["labels"][_SERVICE]) for each in found}))

    def releases(self, service: str) -> tuple[Release, ...]:
        found = self._api.list(CONFIG_MAP, f"{_SERVICE}={service}").items
        return tuple(sorted((_read(each) for each in found), key=lambda each: -each.number))

    def create(self, draft: Release) -> Release:
        known = self.releases(draft.service)
        number = max((each.number for each in known), default=0)
        while True:
            number += 1
            release = msgspec.structs.replace(draft, number=number)
            if self._created(release):
                self._bound((release, *known))
                return release

    def save(self, release: Release) -> None:
        self._leases.require(release.service)
        self._api.apply(_written(release), force=True)

    def _created(self, release: Release) -> bool:
        body = _written(release)
        try:
            self._api.create(body)
        except Clash:
            return False
        except ServerLost:
            found = self._api.find(CONFIG_MAP, body["metadata"]["name"])
            if found is None:
                raise
            return bool(found.get("binaryData") == body["binaryData"])
        return True

    def _bound(self, newest_first: tuple[Release, ...]) -> None:
        live = next((each.number for each in newest_first if each.state is State.LIVE), None)
        for each in newest_first[KEPT:]:
            if each.state not in _UNFINISHED and each.number != live:
                self._api.delete(CONFIG_MAP, _name(each))


def _name(release: Release) -> str:
    return f"oneway.{release.service}.{release.number}"


def _written(release: Release) -> Object:
    content = zlib.compress(encode_release(release), 6)
    if len(content) > _MOST_BYTES:
        raise TargetError(
            f"the record of {release.service} release {release.number} has {len(content):,} bytes, more than fits",
            "shorten what the service prints, or its manifest",
        )
    return {
        "apiVersion": CONFIG_MAP.api_version,
        "kind": CONFIG_MAP.name,
        "metadata": {
            "name": _name(release),
            "labels": {
                "app.kubernetes.io/managed-by": "platform",
                _SERVICE: release.service,
                _NUMBER: str(release.number),
            },
            "annotations": {"oneway/version": release.version, "oneway/state": release.state.value},
        },
        "binaryData": {_KEY: base64.b64encode(content).decode()},
    }


def _read(body: Object) -> Release:
    name = body["metadata"]["name"]
    try:
        return decode_release(zlib.decompress(base64.b64decode(body["binaryData"][_KEY])))
    except (KeyError, TypeError, ValueError, zlib.error, msgspec.MsgspecError) as error:
        raise TargetError(
            f"the release record {name} cannot be read: {error}",
            f"if nobody can mend it, remove it with `kubectl delete configmap {name}`",
        ) from None
