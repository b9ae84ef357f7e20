"""Differences between what is declared and what exists, for people and for programs."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from ...evidence import Drift, Observed, ObservedCall
from .evidence_lines import evidence_of

Live = Mapping[str, Sequence[str]]


def drift_lines(drift: Drift, observed: Observed, live: Live) -> list[str]:
    """Each difference as a line, or that there is none."""
    lines = [
        f"{calls[0].place}: {calls[0].source} calls {calls[0].target}, which its manifest does not declare"
        f" ({'; '.join(dict.fromkeys(evidence_of(each) for each in calls[:3]))})"
        for calls in drift.undeclared
    ]
    lines += [f"{each} exists, and no manifest declares it" for each in drift.unknown_services]
    lines += [_unseen(pair, drift) for pair in drift.unseen]
    lines += [f"{each} is declared and was not seen" for each in drift.unseen_services if each not in observed.searched]
    lines += [f"{service}: {line}" for service, found in sorted(live.items()) for line in found]
    if drift.accepted:
        lines.append(f"{drift.accepted} more are accepted by the manifests of their callers")
    if lines:
        return lines
    if not drift.whole:
        return ["no difference in what was read; not everything was read, see the notes"]
    return ["declared and seen agree"]


def _unseen(pair: tuple[str, str], drift: Drift) -> str:
    known = ", though its caller was looked at" if pair in drift.missing else "; these files need not show it"
    return f"{pair[0]} declares a call to {pair[1]} that was not seen{known}"


def drift_json(drift: Drift, observed: Observed, live: Live) -> str:
    """The differences for programs."""
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
        "accepted": drift.accepted,
        "live_objects": {service: list(lines) for service, lines in sorted(live.items())},
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
