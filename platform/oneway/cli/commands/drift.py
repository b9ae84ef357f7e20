"""`platform drift`: the declared calls, beside what exists."""

import json

import typer

from ...application.evidence_files import observe_paths
from ...application.read_manifests import read_system, require_sound
from ...evidence import Drift, compare
from ...graph import build
from ..options import Env, EvidencePaths, Format, ListFormat, Manifests
from ..output.lines import note


def command(
    paths: EvidencePaths, manifests: Manifests = None, env: Env = None, format: Format = ListFormat.TEXT
) -> None:
    """Compare the declared calls with what compose files and Kubernetes objects show.

    Exits with 1 when calls were seen that no manifest declares. Calls that are declared and were not seen are told as
    well: files need not show every call.

    \b
    Example:
      platform drift docker-compose.yml
      platform drift k8s/ --format json
    """
    system = require_sound(read_system(manifests, env))
    observed = observe_paths(paths)
    drift = compare(build(system), observed)
    for each in observed.notes:
        note(each)
    print(_json(drift) if format is ListFormat.JSON else "\n".join(_lines(drift)))
    if drift.undeclared or drift.unknown_services:
        raise typer.Exit(1)


def _lines(drift: Drift) -> list[str]:
    lines = [
        f"{calls[0].file}: {calls[0].source} calls {calls[0].target}, which its manifest does not declare"
        f" (seen in {', '.join(sorted({each.why for each in calls}))})"
        for calls in drift.undeclared
    ]
    lines += [f"{each} exists, and no manifest declares it" for each in drift.unknown_services]
    lines += [f"{source} declares a call to {target} that was not seen" for source, target in drift.unseen]
    lines += [f"{each} is declared and was not seen" for each in drift.unseen_services]
    return lines or ["declared and seen agree"]


def _json(drift: Drift) -> str:
    undeclared = [
        {
            "from": calls[0].source,
            "to": calls[0].target,
            "evidence": [{"file": each.file, "why": each.why} for each in calls],
        }
        for calls in drift.undeclared
    ]
    document = {
        "version": 1,
        "undeclared_calls": undeclared,
        "unseen_calls": [{"from": source, "to": target} for source, target in drift.unseen],
        "unknown_services": list(drift.unknown_services),
        "unseen_services": list(drift.unseen_services),
    }
    return json.dumps(document, indent=2)
