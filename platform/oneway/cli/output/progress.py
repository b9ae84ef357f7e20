"""A rollout's events as lines for people, or as JSON for programs."""

import json
import sys
import threading
from dataclasses import replace
from typing import Final

from ...deploy import Event, EventKind, Report
from .lines import watched

EVENTS_VERSION: Final = 1
_MARKS: Final = {"pass": "ok", "fail": "FAILED", "inconclusive": "INCONCLUSIVE", "skipped": "skipped"}


def lines(width: int) -> Report:
    """Finished steps and results to standard output; what is only interesting while one watches to standard error."""
    lock, person = threading.Lock(), watched()
    failed: dict[str, str] = {}

    def report(event: Event) -> None:
        shown = replace(event, text=without_repeating(event.text, failed.get(event.service, "")))
        if event.kind is EventKind.CHECK and event.outcome != "pass":
            failed[event.service] = event.text
        text, lasting = _line(shown, width)
        if lasting or person:
            with lock:
                print(text, file=sys.stdout if lasting else sys.stderr, flush=True)

    return report


def without_repeating(text: str, said: str) -> str:
    """The text without what was said in full before, as in `id's check failed: …`."""
    return text.replace(f": {said}", "") if said else text


def json_events() -> Report:
    """One JSON object for each event, one on a line."""
    lock = threading.Lock()

    def report(event: Event) -> None:
        body = {
            "version": EVENTS_VERSION,
            "service": event.service,
            "kind": event.kind.value,
            "step": event.step,
            "text": event.text,
            "outcome": event.outcome or None,
            "seconds": None if event.seconds is None else round(event.seconds, 3),
            "within": None if event.within is None else float(event.within),
        }
        with lock:
            print(json.dumps(body, ensure_ascii=False), flush=True)

    return report


def _line(event: Event, width: int) -> tuple[str, bool]:
    """The line, and whether it is worth keeping."""
    head = f"  {event.service.ljust(width)}  {event.step.ljust(10)}"
    took = "" if event.seconds is None else f" {event.seconds:5.1f} s"
    match event.kind:
        case EventKind.BEGIN:
            limit = "" if event.within is None else f" (at most {event.within:g} s)"
            return f"{head}  …{limit} {event.text}".rstrip(), bool(event.text)
        case EventKind.END:
            return f"{head}  {_MARKS.get(event.outcome, event.outcome)}{took}  {event.text}".rstrip(), True
        case EventKind.CHECK:
            return f"{head}  {_MARKS.get(event.outcome, event.outcome)}  {event.text}", event.outcome != "pass"
        case EventKind.WARNING:
            return f"{head}  warning: {event.text}", True
        case EventKind.RESULT:
            return f"{head}  {'' if event.outcome == 'pass' else 'because '}{event.text}", True
    return f"{head}  {event.text}", False
