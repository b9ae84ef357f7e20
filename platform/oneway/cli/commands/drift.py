"""`platform drift`: the declared calls, beside what exists."""

import time
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ...application.compare_cluster import live_differences
from ...application.find_drift import find_drift, without_accepted
from ...application.read_manifests import Reading, read_system, require_sound
from ...application.receive_traffic import receive_traffic
from ...application.update_terms import propose
from ...application.write_terms import write_terms
from ...errors import UsageError
from ...evidence import Drift, Fact, Observed
from ...model import System
from ..choose_target import open_environment
from ..options import Context, Env, Manifests, Namespace, Traffic, TrafficSince
from ..output.drift_report import Live, drift_json, drift_lines
from ..output.evidence_lines import DIFFERENCES, drift_findings, grouped, live_findings
from ..output.formats import report, sarif
from ..output.lines import note
from ..spans_of_time import moment_of, seconds_of


class DriftFormat(StrEnum):
    """How differences are written."""

    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"


def command(
    paths: Annotated[
        list[Path] | None,
        typer.Argument(metavar="PATH...", help="Compose files, Kubernetes objects, configuration, code, or folders."),
    ] = None,
    code: Annotated[
        list[Path] | None,
        typer.Option("--code", metavar="PATH", help="Code to read for calls, and nothing else of it."),
    ] = None,
    traffic: Traffic = None,
    since: TrafficSince = None,
    listen: Annotated[
        str | None,
        typer.Option(
            "--listen",
            metavar="[HOST:]PORT",
            help="Take OTLP traces over HTTP, as from a collector; on this machine only.",
        ),
    ] = None,
    listen_for: Annotated[
        str | None, typer.Option("--for", metavar="TIME", help="How long to listen: 30s, 10m; default: until Ctrl-C.")
    ] = None,
    cluster: Annotated[
        bool, typer.Option("--cluster", help="Compare what was deployed with what the cluster holds, own fields only.")
    ] = False,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Write per_request, timeout and load into the manifests where traffic shows others."
        ),
    ] = False,
    manifests: Manifests = None,
    env: Env = None,
    context: Context = None,
    namespace: Namespace = None,
    format: Annotated[DriftFormat, typer.Option("--format", help="How differences are written.")] = DriftFormat.TEXT,
) -> None:
    """Compare the declared calls with what files, code and traffic show, both ways.

    Exits with 1 when calls or services were seen that no manifest declares, and when a declared call was not seen
    though its caller's code or traffic was looked at. What could not be read is told; then nothing is said to agree.
    A caller lives with its differences by `accept:` of drift-undeclared-call or drift-unseen-call.

    \b
    Example:
      platform drift --code services
      platform drift k8s/ --traffic traces.json --format sarif
      platform drift --listen 4318 --for 10m
      platform drift --traffic traces.json --since 7d --update
      platform drift --cluster --env prod
    """
    if not (paths or code or traffic or listen or cluster):
        hint = "name files or folders, --code PATH, --traffic FILE, --listen PORT or --cluster"
        raise UsageError("nothing was given to compare with", hint)
    if update and not (traffic or listen):
        raise UsageError("--update needs traffic to learn from", "--traffic FILE or --listen PORT")
    reading, live = _declared(cluster, manifests, env, context, namespace)
    begin = moment_of(since, time.time()) if since else None
    received = _received(listen, listen_for, begin) if listen else ()
    system, root = require_sound(reading), reading.workspace.root
    seen, observed = find_drift(system, root, paths or [], code or [], traffic or [], begin, received)
    if update:
        _update(system, root, observed)
    drift = without_accepted(seen, system, date.today())
    _tell(drift, observed, live, system, format)
    if drift.wrong or any(live.values()):
        raise typer.Exit(1)


def _declared(
    cluster: bool, manifests: Path | None, env: str | None, context: str | None, namespace: str | None
) -> tuple[Reading, Live]:
    """The manifests, and what the cluster holds otherwise, where that is asked for."""
    if not cluster:
        return read_system(manifests, env), {}
    opened = open_environment(manifests, env, context, namespace)
    return opened.reading, live_differences(opened.system, opened.site)


def _received(listen: str, listen_for: str | None, begin: float | None) -> list[Fact]:
    host, _, port = listen.rpartition(":")
    if not port.isdigit() or not 0 <= int(port) < 65536:
        raise UsageError(f"--listen {listen} is no port", "as in --listen 4318 or --listen 127.0.0.1:4318")
    seconds = seconds_of(listen_for) if listen_for else None
    return receive_traffic(host or "127.0.0.1", int(port), seconds, begin, note)


def _update(system: System, root: Path, observed: Observed) -> None:
    terms = propose(system, observed)
    written, left = write_terms(system, root, terms)
    for each in written:
        note(f"wrote {system.files[each.service]}: {each}")
    for each in left:
        note(f"to be written by hand into {system.files[each.service]}: {each}")
    if not terms:
        note("traffic shows no other terms than the manifests say")


def _tell(drift: Drift, observed: Observed, live: Live, system: System, format: DriftFormat) -> None:
    if format is DriftFormat.SARIF:
        found = [*drift_findings(drift, observed.found, system), *live_findings(live, system)]
        calls = sum(len(each.calls) for each in system.services.values())
        typer.echo(sarif.write(report(found, len(system.services), calls), DIFFERENCES), nl=False)
    elif format is DriftFormat.JSON:
        print(drift_json(drift, observed, live))
    else:
        for line in grouped(observed.found):
            note(line)
        print("\n".join(drift_lines(drift, observed, live)))
