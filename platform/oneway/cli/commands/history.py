"""`platform history`: the releases of a service and how they ended."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
import typer

from ...deploy import live, undone
from ...errors import UsageError
from ...targets.base import Release, Scaling, State, encode_release
from ..choose_target import open_environment
from ..completion import complete_releases
from ..options import Context, Env, Format, ListFormat, Manifests, Namespace, Service
from ..output.lines import count, environment_line, table
from ..output.load_report import carried

_MOST_SCALINGS: Final = 10


def command(
    service: Service,
    release: Annotated[
        int | None,
        typer.Option(
            "--release",
            metavar="N",
            help="Everything about one: steps, checks, events, logs.",
            autocompletion=complete_releases,
        ),
    ] = None,
    lines: Annotated[int, typer.Option("--lines", metavar="N", min=1, help="How many releases.")] = 20,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    output: Format = ListFormat.TEXT,
) -> None:
    """The releases of a service, newest first: version, author, how each ended and why.

    Example: platform history id --release 7
    """
    opened = open_environment(manifests, env, context, namespace)
    opened.services([service], opened.recorded)
    found = opened.site.records.releases(service)
    current, taken_away = live(found), undone(found)
    if release is not None:
        found = tuple(each for each in found if each.number == release)
        if not found:
            raise UsageError(f"{service} has no release {release}", f"`platform history {service}` lists them")
    if output is ListFormat.JSON:
        releases = [
            {
                **_recorded(each),
                "standing": _standing(each, current, taken_away.get(each.number)),
            }
            for each in found[:lines]
        ]
        told = {"version": 1, "environment": opened.name, "service": service, "releases": releases}
        scalings = [msgspec.to_builtins(each) for each in opened.site.scalings(service)]
        typer.echo(json.dumps({**told, "scalings": scalings}))
    elif release is not None:
        typer.echo("\n".join([environment_line(opened.name, opened.site.name), *_whole(found[0])]))
    elif not found:
        typer.echo(f"{service} was never deployed in {opened.name}")
    else:
        rows = _rows(found[:lines], current, taken_away)
        scaled = [_scaling(each) for each in opened.site.scalings(service)[-_MOST_SCALINGS:]]
        typer.echo("\n".join([environment_line(opened.name, opened.site.name), *rows, *scaled]))


def _recorded(each: Release) -> dict[str, Any]:
    """The record but for the packed descriptions of its API, which are for the tool alone and may be large."""
    return {name: value for name, value in json.loads(encode_release(each)).items() if name != "descriptions"}


def _scaling(each: Scaling) -> str:
    return f"{_stamp(each.at)}  release {each.release}: {each.before} -> {count(each.after, 'replica')}: {each.why}"


def _standing(each: Release, current: Release | None, undone_by: int | None) -> str:
    """What became of the release: how it ended, or that another one took its place."""
    if each.committed is None or each.state is not State.LIVE or (current and current.number == each.number):
        return each.state.value
    return State.ROLLED_BACK.value if undone_by is not None else "replaced"


def _rows(found: Sequence[Release], current: Release | None, taken_away: Mapping[int, int]) -> list[str]:
    """One line for each, with what its replica carries where that was measured of any."""
    measured = any(each.measured for each in found)
    head = ("RELEASE", "VERSION", "STARTED", "TOOK", "STATE", "BY", *(["CARRIES"] if measured else []), "WHY")
    rows = []
    for each in found:
        *told, why = _row(each, current, taken_away.get(each.number))
        rows.append((*told, *([carried(each)] if measured else []), why))
    return table(head, rows)


def _row(each: Release, current: Release | None, undone_by: int | None) -> tuple[str, ...]:
    state = _standing(each, current, undone_by)
    notes = [
        f"back to release {each.restores}" if each.restores is not None else "",
        f"release {each.repeats} started anew" if each.repeats is not None else "",
        f"by hand, in release {undone_by}" if undone_by is not None else "",
        each.reason,
    ]
    why = "; ".join(note for note in notes if note)
    return (str(each.number), each.version, _stamp(each.started), _took(each), state, each.author.split(" ")[0], why)


def _whole(each: Release) -> list[str]:
    lines = [f"release {each.number}: {each.service} {each.version}, {each.state}", f"content {each.content}"]
    if each.commit:
        changed = ", with changes that are not committed" if each.dirty else ""
        lines.append(f"commit {each.commit[:12]} by {each.commit_author}{changed}")
    lines += [f"started {_stamp(each.started)} by {each.author}", *([f"because {each.reason}"] if each.reason else [])]
    if each.measured is not None:
        lines.append(f"carries {carried(each)} a replica, until {each.measured.goal}, on {each.measured.on}")
    for step in each.steps:
        took = "" if step.ended is None else f"{step.ended - step.started:.1f} s"
        lines.append(f"  {step.name:12} {step.outcome:12} {took:>8}  {step.detail}".rstrip())
    evidence: dict[str, Any] = {"check": each.evidence.checks, "event": each.evidence.events, "log": each.evidence.logs}
    return lines + [f"  {kind}: {line}" for kind, found in evidence.items() for line in found]


def _stamp(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))


def _took(each: Release) -> str:
    return "-" if each.ended is None else f"{max(0.0, each.ended - each.started):.1f} s"
