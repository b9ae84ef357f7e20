"""`platform drift`: the declared calls, beside what exists."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from ...application.find_drift import find_drift
from ...application.read_manifests import read_system, require_sound
from ...errors import UsageError
from ...evidence import Drift, Observed, ObservedCall
from ..options import Env, Manifests, Traffic
from ..output.evidence_lines import DIFFERENCES, drift_findings, evidence_of, grouped
from ..output.formats import report, sarif
from ..output.lines import note


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
    manifests: Manifests = None,
    env: Env = None,
    format: Annotated[DriftFormat, typer.Option("--format", help="How differences are written.")] = DriftFormat.TEXT,
) -> None:
    """Compare the declared calls with what files, code and traffic show, both ways.

    Exits with 1 when calls or services were seen that no manifest declares, and when a declared call was not seen
    though its caller's code or traffic was looked at. What could not be read is told; then nothing is said to agree.

    \b
    Example:
      platform drift --code services
      platform drift k8s/ --traffic traces.json --format sarif
    """
    if not (paths or code or traffic):
        raise UsageError("nothing was given to compare with", "name files or folders, --code PATH or --traffic FILE")
    reading = read_system(manifests, env)
    system = require_sound(reading)
    drift, observed = find_drift(system, reading.workspace.root, paths or [], code or [], traffic or [])
    if format is DriftFormat.SARIF:
        found = drift_findings(drift, observed.found, system)
        calls = sum(len(each.calls) for each in system.services.values())
        typer.echo(sarif.write(report(found, len(system.services), calls), DIFFERENCES), nl=False)
    elif format is DriftFormat.JSON:
        print(_json(drift, observed))
    else:
        for line in grouped(observed.found):
            note(line)
        print("\n".join(_lines(drift, observed)))
    if drift.wrong:
        raise typer.Exit(1)


def _lines(drift: Drift, observed: Observed) -> list[str]:
    lines = [
        f"{calls[0].place}: {calls[0].source} calls {calls[0].target}, which its manifest does not declare"
        f" ({'; '.join(dict.fromkeys(evidence_of(each) for each in calls[:3]))})"
        for calls in drift.undeclared
    ]
    lines += [f"{each} exists, and no manifest declares it" for each in drift.unknown_services]
    lines += [_unseen(pair, drift) for pair in drift.unseen]
    lines += [f"{each} is declared and was not seen" for each in drift.unseen_services if each not in observed.searched]
    if lines:
        return lines
    if not drift.whole:
        return ["no difference in what was read; not everything was read, see the notes"]
    return ["declared and seen agree"]


def _unseen(pair: tuple[str, str], drift: Drift) -> str:
    known = ", though its caller was looked at" if pair in drift.missing else "; these files need not show it"
    return f"{pair[0]} declares a call to {pair[1]} that was not seen{known}"


def _json(drift: Drift, observed: Observed) -> str:
    undeclared = [
        {"from": calls[0].source, "to": calls[0].target, "evidence": [_evidence(each) for each in calls]}
        for calls in drift.undeclared
    ]
    unseen = [
        {"from": source, "to": target, "could_have_been_seen": (source, target) in drift.missing}
        for source, target in drift.unseen
    ]
    document = {
        "version": 1,
        "undeclared_calls": undeclared,
        "unseen_calls": unseen,
        "unknown_services": list(drift.unknown_services),
        "unseen_services": list(drift.unseen_services),
        "not_read": [str(each) for each in observed.found if each.unread],
        "whole": drift.whole,
    }
    return json.dumps(document, indent=2)


def _evidence(call: ObservedCall) -> dict[str, Any]:
    place = call.place
    said: dict[str, Any] = {"file": place.file, "line": place.line, "column": place.column, "why": call.why}
    said |= {"kind": call.kind.value, "confidence": call.confidence}
    if call.traffic:
        traffic = call.traffic
        said |= {"count": traffic.count, "errors": traffic.errors, "first": traffic.first, "last": traffic.last}
        said |= {"p50": traffic.p50, "p99": traffic.p99}
    return said
