"""What keeps data beyond a pod."""

from .meta import Object, Part
from .pods import ResourceAmounts


class ClaimSpec(Part, frozen=True, kw_only=True):
    access_modes: tuple[str, ...]
    resources: ResourceAmounts


class PersistentVolumeClaim(Object, frozen=True, kw_only=True):
    spec: ClaimSpec
