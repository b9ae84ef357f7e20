"""How evidence becomes lines and findings."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from ...errors import Finding, Location, Related, Severity
from ...evidence import Drift, Note, ObservedCall
from ...model import System

# What drift finds, by the id under which other tools know it again.
DIFFERENCES: Final = {
    "drift-undeclared-call": "A call was seen that no manifest declares.",
    "drift-unseen-call": "A call is declared that nobody makes, as far as code or traffic of the caller show.",
    "drift-unknown-service": "A service exists that no manifest declares.",
    "drift-live-object": "An object on the cluster is not as it was deployed.",
    "drift-not-read": "Something was given that could not be read, so that nothing can be said of it.",
}


def grouped(notes: Iterable[Note]) -> Iterator[str]:
    """Notes as lines; what is said of many places is said once, with the first of them."""
    places: dict[str, list[Location]] = {}
    for each in notes:
        places.setdefault(each.text, []).append(each.place)
    for text, found in places.items():
        where = str(found[0]) if found[0].line > 1 else found[0].file
        more = f" (and in {len(found) - 1} more places)" if len(found) > 1 else ""
        yield f"{where}: {text}{more}"


def drift_findings(drift: Drift, notes: Iterable[Note], system: System) -> list[Finding]:
    """Every difference as a finding, at the place of its evidence or of its declaration."""
    found = [_undeclared(calls) for calls in drift.undeclared]
    for source, target in drift.unseen:
        severity = Severity.ERROR if (source, target) in drift.missing else Severity.WARNING
        message = f"{source} declares a call to {target} that was not seen"
        place = Location(system.files[source])
        hint = "take it out of `calls`, or show evidence of the kind that would know it"
        found.append(Finding("drift-unseen-call", severity, message, place, hint, (), source, f"{source} > {target}"))
    for name in drift.unknown_services:
        message = f"{name} exists, and no manifest declares it"
        place = Location(system.platform_file)
        found.append(
            Finding("drift-unknown-service", Severity.ERROR, message, place, f"`platform new {name}`", subject=name)
        )
    unread = (each for each in notes if each.unread)
    found += (Finding("drift-not-read", Severity.WARNING, each.text, each.place, subject=each.text) for each in unread)
    return found


def live_findings(live: Mapping[str, Sequence[str]], system: System) -> list[Finding]:
    """What the cluster holds otherwise, as findings at the manifests of the services."""
    hint = "deploy the service again, or write the change into its manifest"
    return [
        Finding(
            "drift-live-object",
            Severity.ERROR,
            f"{service}: {line}",
            Location(system.files[service]),
            hint,
            (),
            service,
        )
        for service, lines in sorted(live.items())
        for line in lines
    ]


def _undeclared(calls: tuple[ObservedCall, ...]) -> Finding:
    first = min(calls, key=lambda each: (each.confidence != "seen", each.place))
    others = tuple(Related(evidence_of(each), each.place) for each in calls[:10] if each is not first)
    message = f"{first.source} calls {first.target}, which its manifest does not declare ({evidence_of(first)})"
    hint = f"declare it: `calls: [{{to: {first.target}}}]`, or take the call away"
    subject = f"{first.source} > {first.target}"
    return Finding("drift-undeclared-call", Severity.ERROR, message, first.place, hint, others, first.source, subject)


def evidence_of(call: ObservedCall) -> str:
    """What shows a call, with the numbers where traffic does."""
    traffic = call.traffic
    if traffic is None:
        return f"{call.confidence}: {call.why}"
    errors = f", {traffic.errors / traffic.count:.1%} errors" if traffic.count and traffic.errors else ""
    slow = f", p99 {traffic.p99:g} s" if traffic.p99 else ""
    since = f", {traffic.first} to {traffic.last}" if traffic.first else ""
    return f"{call.confidence}: {call.why}{errors}{slow}{since}"
