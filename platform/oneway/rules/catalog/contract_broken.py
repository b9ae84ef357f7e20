"""A service's API changed so that those who call it fail. Asked for with `--base REV`.

Why: while a deploy goes on, and after every rollback of a caller, callers that were made for the old API meet the new
one. Their requests are refused, or answered with what they do not know.

How: for each endpoint with `openapi` (OpenAPI 3 or Swagger 2) the description at REV is held against the one of now.
What was a good request has to be taken still, and what is answered has to be as it was: no path, operation, media type
or good status may go, no parameter or member of a request be newly required, no type, list of values or limit of a
request be narrower, or of an answer be wider, no member of an answer go or become optional, no login be asked for anew.
What breaks only some callers is a warning: a new value in the list of an answer, a limit or pattern of a request where
there was none, a parameter that is ignored by now, an operation that goes after it was `deprecated`; and so is what
breaks nobody here, where the endpoint is `public`. A caller is left out whose `version` range says that it knows:
it does not take the old version, or it takes the new one, whose first number is another.

    platform check --base origin/main

A deploy judges the same way, against the version that each running caller was released beside, and refuses.

Mend it: keep the old beside the new (a second path, an optional member) until the callers named have moved on. Or move
them in the same change, raise the first number of the version, and let their calls say `version: ">=2"`.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from ...contracts import Break
from ...contracts.callers import is_prepared
from ...errors import Related, Severity
from ...graph import Edge
from ...model import Service
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR
_SHOWN: Final = 3


def check(facts: Facts) -> Iterator[Breach]:
    """For each endpoint whose description breaks callers one finding of what does so for sure, one of what may."""
    if facts.before is None:
        return
    for (name, endpoint), breaks in sorted(facts.before.breaks.items()):
        earlier = facts.before.system.services[name]
        callers = list(_callers(facts, earlier, endpoint)) if name in facts.services else []
        was = earlier.endpoint(endpoint)
        if name in facts.services and (callers or (was is not None and was.public)):
            for sure in (True, False):
                if said := [each for each in breaks if each.sure is sure]:
                    yield _breach(facts, earlier, endpoint, callers, said)


def _callers(facts: Facts, earlier: Service, endpoint: str) -> Iterator[Edge]:
    """The calls of the endpoint that stood at the earlier revision already, and are not prepared for what comes."""
    assert facts.before is not None
    new = facts.services[earlier.name].version
    first = earlier.endpoint()
    for edge in facts.graph.callers[earlier.name]:
        before = facts.before.system.services.get(edge.source)
        called = edge.call.endpoint or (first.name if first else "")
        known = before is not None and any(each.to == earlier.name for each in before.calls)
        if known and called == endpoint and not is_prepared(edge.call, earlier.version, new):
            yield edge


def _breach(facts: Facts, earlier: Service, endpoint: str, callers: Sequence[Edge], said: Sequence[Break]) -> Breach:
    name, version = earlier.name, facts.services[earlier.name].version
    whom = ", ".join(dict.fromkeys(each.source for each in callers)) or "whoever calls it from outside"
    sure = said[0].sure
    more = f"; and {len(said) - _SHOWN} more" if len(said) > _SHOWN else ""
    what = "; ".join(map(str, said[:_SHOWN])) + more
    at = next((index for index, each in enumerate(facts.services[name].endpoints) if each.name == endpoint), None)
    place = facts.place(name, "endpoints") if at is None else facts.place(name, "endpoints", at, "openapi")
    return Breach(
        f"{name} {version} {'breaks' if sure else 'may break'} {whom}, made for {earlier.version}: {what}",
        place,
        "keep the old beside the new until they have moved on, or move them in this change, raise the first number of"
        " `version` and let their calls take it",
        tuple(Related(f"{each.source} calls it", facts.place(each.source, "calls", each.index)) for each in callers),
        service=name,
        subject=f"{name} {endpoint}",
        severity=SEVERITY if sure and callers else Severity.WARNING,
    )
