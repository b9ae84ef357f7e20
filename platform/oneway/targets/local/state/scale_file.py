"""How many replicas a service has beside what its manifest says, and how that came about: a file for each service."""

from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ....model import Service
from ...base import Release, Scaling
from .home import Home, write_whole

_KEPT: Final = 100


class Scaled(Struct, frozen=True, kw_only=True):
    """The replicas that a service is to have. `release` is set where somebody asked for them by hand: they are then for
    that release alone. `blocked` is what keeps it from having as many as its load asks for."""

    replicas: int
    release: int | None = None
    blocked: str = ""
    scalings: tuple[Scaling, ...] = ()


def is_elastic(spec: Service) -> bool:
    """Whether the load decides on the number of its replicas; a range of one number leaves nothing to decide."""
    return spec.scale is not None and spec.scale.max > spec.scale.min


def wanted_replicas(home: Home, release: Release) -> int:
    """How many replicas of the release there are to be."""
    spec, scaled = release.spec, read_scaled(home, release.service)
    if scaled is None:
        return spec.min_replicas
    if is_elastic(spec):
        return min(spec.max_replicas, max(spec.min_replicas, scaled.replicas))
    by_hand = scaled.release is not None and scaled.release in (release.number, release.repeats)
    return scaled.replicas if by_hand else spec.min_replicas


def read_scaled(home: Home, service: str) -> Scaled | None:
    """What is written of the service; None where nothing is, or nothing that can be read."""
    try:
        return msgspec.json.decode(_file(home, service).read_bytes(), type=Scaled)
    except (OSError, msgspec.MsgspecError):
        return None


def write_scaled(home: Home, service: str, scaled: Scaled, scaling: Scaling | None = None) -> None:
    """Keep it, with one more change of the number."""
    before = read_scaled(home, service)
    known = before.scalings if before is not None else ()
    kept = (*known, *([scaling] if scaling is not None else []))[-_KEPT:]
    file = _file(home, service)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(file, msgspec.json.encode(replace(scaled, scalings=kept)))


def _file(home: Home, service: str) -> Path:
    return home.root / "scale" / f"{service}.json"
