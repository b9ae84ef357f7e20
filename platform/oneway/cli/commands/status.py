"""`platform status`: what runs, where, since when, and how healthy it is."""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import typer

from ...deploy import last_committed, live, unfinished
from ...errors import OnewayError
from ...targets.base import Condition, Holder, Instance, Placement, Release, TargetFault
from ..choose_target import Opened, known_services, open_site, rollout_context
from ..options import Env, Format, ListFormat, Manifests
from ..output.lines import table


@dataclass(frozen=True, slots=True)
class ServiceStatus:
    """One service as it stands. `stopped` is a release that was stopped by hand, `cut` one whose rollout was cut off,
    `holder` who deploys it now; it is `supervised` unless what it runs on has faults:
    then nobody starts again what ends.
    """

    service: str
    release: Release | None
    stopped: Release | None
    instances: tuple[Instance, ...]
    addresses: dict[str, str]
    shares: dict[int, int]
    cut: Release | None
    holder: Holder | None
    declared: bool
    supervised: bool

    @property
    def word(self) -> str:
        """Its health in one word."""
        if self.release is None:
            return "stopped" if not self.instances else "unknown"
        ready = sum(1 for each in self.instances if each.condition is Condition.READY)
        if self.supervised and ready and ready == len(self.instances) >= self.release.spec.min_replicas:
            return "healthy"
        return "degraded" if ready else "down"


def command(
    services: Annotated[list[str] | None, typer.Argument(metavar="SERVICE...", help="Default: all.")] = None,
    manifests: Manifests = None,
    env: Env = None,
    context: Annotated[str | None, typer.Option("--context", metavar="C", help="Another cluster context.")] = None,
    namespace: Annotated[str | None, typer.Option("--namespace", metavar="N", help="Another namespace.")] = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """What runs, in which version, since when, where it answers, how healthy it is, and what was left unfinished.

    Services without a manifest are listed while anything of them runs. Exits with 1 when something that should run is
    not healthy.

    Example: platform status id --format json
    """
    opened = open_site(manifests, env, context, namespace)
    recorded = opened.site.records.services()
    names = known_services(opened, services or sorted({*opened.system.services, *recorded}), recorded)
    faults = opened.site.faults()
    found = [_status_of(opened, name, not any(each.service in (None, name) for each in faults)) for name in names]
    statuses = [each for each in found if services or each.declared or each.release or each.cut or each.holder]
    if output is ListFormat.JSON:
        typer.echo(
            json.dumps(
                {
                    "version": 1,
                    "environment": opened.environment,
                    "target": opened.site.name,
                    "faults": [each.text for each in faults],
                    "services": [_as_json(each) for each in statuses],
                }
            )
        )
    else:
        _print(opened, statuses, faults)
    if faults or any(each.release and each.word != "healthy" for each in statuses):
        raise typer.Exit(1)


def _status_of(opened: Opened, name: str, supervised: bool) -> ServiceStatus:
    site = opened.site
    releases = site.records.releases(name)
    release, last = live(releases), last_committed(releases)
    instances: tuple[Instance, ...] = ()
    if release:
        try:
            instances = site.observe(Placement(release)) if supervised else site.survivors(release)
        except OnewayError:
            instances = site.survivors(release)
    cut = unfinished(rollout_context(opened, lambda _: None), name)
    addresses = dict(site.addresses(name)) if release else {}
    return ServiceStatus(
        name,
        release,
        None if release else last,
        instances,
        addresses,
        dict(site.serving(name)),
        cut,
        site.records.holder(name),
        declared=name in opened.system.services,
        supervised=supervised,
    )


def _print(opened: Opened, statuses: Sequence[ServiceStatus], faults: Sequence[TargetFault]) -> None:
    head = ("SERVICE", "VERSION", "HEALTH", "REPLICAS", "RESTARTS", "SINCE", "ADDRESS")
    typer.echo("\n".join(table(head, [_row(each) for each in statuses])))
    for each in statuses:
        typer.echo("\n".join(f"  {line}" for line in _remarks(each)), nl=bool(_remarks(each)))
    for fault in faults:
        typer.echo(f"fault: {fault.text}")
    if faults or any(each.cut for each in statuses):
        typer.echo("  hint: `platform up` puts this right")
    elif not any(each.release or each.stopped for each in statuses):
        typer.echo(f"nothing is deployed in {opened.environment}: `platform deploy --all` starts")
    elif any(each.stopped for each in statuses):
        typer.echo("  hint: `platform up --all` starts again what was stopped")


def _row(each: ServiceStatus) -> tuple[str, ...]:
    release = each.release
    if release is None:
        never = "not running" if each.word == "stopped" and each.stopped is None else each.word
        return (each.service, each.stopped.version if each.stopped else "-", never, "-", "-", "-", "-")
    ready = sum(1 for one in each.instances if one.condition is Condition.READY)
    since = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(release.committed or release.started))
    restarts = str(sum(one.restarts for one in each.instances))
    replicas = f"{ready}/{max(release.spec.min_replicas, len(each.instances))}"
    return (each.service, release.version, each.word, replicas, restarts, since, " ".join(each.addresses.values()))


def _remarks(each: ServiceStatus) -> list[str]:
    lines = [
        f"{one.name}: {one.reason or one.condition}"
        for one in each.instances
        if one.reason or one.condition is not Condition.READY
    ]
    if not each.declared and each.release is not None:
        lines.append(f"{each.service}: no manifest declares it any more: `platform stop {each.service}` ends it")
    if each.holder is not None:
        since = time.strftime("%H:%M:%S", time.localtime(each.holder.since))
        lines.append(f"{each.service}: being deployed by {each.holder.who} since {since}")
    if each.cut is not None:
        step = each.cut.steps[-1].name if each.cut.steps else "its start"
        which = f"release {each.cut.number} ({each.cut.version})"
        lines.append(f"{each.service}: {which} was cut off while {each.cut.state}, at {step}")
    return lines


def _as_json(each: ServiceStatus) -> dict[str, Any]:
    release = each.release
    return {
        "service": each.service,
        "declared": each.declared,
        "health": each.word,
        "release": release.number if release else None,
        "running": release.version if release else None,
        "since": release.committed if release else None,
        "addresses": each.addresses,
        "traffic": {str(number): share for number, share in each.shares.items()},
        "replicas": [
            {
                "name": one.name,
                "condition": one.condition.value,
                "reason": one.reason,
                "restarts": one.restarts,
                "since": one.since,
            }
            for one in each.instances
        ],
        "unfinished": each.cut.number if each.cut else None,
        "deployed_by": {"who": each.holder.who, "since": each.holder.since} if each.holder else None,
    }
