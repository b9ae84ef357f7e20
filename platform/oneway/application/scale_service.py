"""How many replicas of what runs there are to be, by hand."""

from dataclasses import dataclass
from typing import Final

from ..deploy import Report, live
from ..deploy.history import unfinished_release
from ..errors import OnewayError, UsageError
from ..model import Service
from ..targets.base import Holder, Release
from .open_environment import OpenEnvironment

MOST: Final = 1000


@dataclass(frozen=True, slots=True)
class Scaled:
    """The release that was scaled, from how many replicas to how many, and whether its load decides from now on."""

    release: Release
    before: int
    after: int
    elastic: bool


def scale_service(opened: OpenEnvironment, name: str, replicas: int, report: Report | None = None) -> Scaled:
    """So many replicas of the live release serve. UsageError where its manifest does not allow so many."""
    opened.services([name], opened.recorded)
    context = opened.rollout_context(report)
    with context.records.lock(name, Holder(context.who, context.clock.now())):
        releases = context.records.releases(name)
        release = live(releases)
        if release is None:
            hint = f"`platform up {name}` or `platform deploy {name}` starts it"
            raise OnewayError(f"nothing of {name} serves in {opened.name}", hint)
        if unfinished_release(releases) is not None:
            raise OnewayError(f"a rollout of {name} was cut off", f"`platform up {name}` finishes it; then scale")
        _require_allowed(release.spec, replicas)
        before = opened.site.wanted(release)
        opened.site.scale(release, replicas, f"by hand, {context.who.split(' ')[0]}")
    low, high = release.spec.min_replicas, release.spec.max_replicas
    return Scaled(release, before, replicas, low != high)


def _require_allowed(spec: Service, replicas: int) -> None:
    low, high = (spec.min_replicas, spec.max_replicas) if spec.scale is not None else (1, MOST)
    if low == high and spec.scale is not None:
        low, high = 1, MOST
    if replicas == 0:
        raise UsageError(f"{spec.name} cannot run with no replica", f"`platform stop {spec.name}` stops it")
    if not low <= replicas <= high:
        where = f"its manifest allows {low} to {high}" if spec.scale is not None else f"at most {MOST} can run"
        raise UsageError(f"{spec.name} cannot have {replicas} replicas: {where}", "change `scale` there and deploy it")
