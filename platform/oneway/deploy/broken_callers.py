"""What the API of a release promises, and which running callers a new one would break."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final

from ..contracts import Break, breaks_between, kept, read_description, recalled
from ..contracts.callers import RULE, is_prepared
from ..model import Call, Service
from ..targets.base import Release
from .context import Context
from .history import titled
from .refusals import Refusal

_SHOWN: Final = 3


def descriptions_of(context: Context, spec: Service) -> Mapping[str, str]:
    """The description of each endpoint that has one, as a record keeps it; those that cannot be read or kept are left
    out, which is said when there is something to compare."""
    found: dict[str, str] = {}
    for endpoint in spec.endpoints:
        if endpoint.openapi is not None:
            try:
                text = kept(read_description(endpoint.openapi, context.read_file))
            except (OSError, ValueError):
                continue
            if text is not None:
                found[endpoint.name] = text
    return found


def broken_callers(
    draft: Release,
    callers: Iterable[Release],
    records: Mapping[str, Sequence[Release]],
    coming: Collection[str],
    today: date,
) -> tuple[list[Refusal], list[str]]:
    """Refusals for running callers that would fail, warnings for those that may, or are about to be replaced."""
    refusals: list[Refusal] = []
    warnings: list[str] = []
    lived_with = any(each.rule == RULE and (each.until is None or today <= each.until) for each in draft.spec.accept)
    for caller in callers:
        for call, base, endpoint in _calls(draft, caller, records):
            breaks = _breaks(base, draft, endpoint)
            sure = [each for each in breaks if each.sure]
            beside = f"{caller.service} {titled(caller)}, which was released beside {draft.service} {base.version}"
            said = _listed(sure or breaks)
            if sure and call.required and not lived_with and caller.service not in coming:
                refusals.append(Refusal(draft.service, f"it would break {beside}: {said}", _hint(draft, caller)))
            elif breaks:
                until = " until its own release takes over" if sure and caller.service in coming else ""
                warnings.append(f"{'it breaks' if sure else 'it may break'} {beside}{until}: {said}")
    return refusals, warnings


def _calls(
    draft: Release, caller: Release, records: Mapping[str, Sequence[Release]]
) -> Iterator[tuple[Call, Release, str]]:
    """The caller's calls of the service, the release that it was made for, and the endpoint that it calls."""
    base = _beside(caller, records.get(caller.service, ()), records.get(draft.service, ()))
    calls = [each for each in caller.spec.calls if each.to == draft.service]
    for call in calls if base is not None and base.version != draft.version else ():
        endpoint = base.spec.endpoint(call.endpoint) if base else None
        if base and endpoint and endpoint.openapi and not is_prepared(call, base.version, draft.version):
            yield call, base, endpoint.name


def _beside(caller: Release, callers: Sequence[Release], callees: Sequence[Release]) -> Release | None:
    """The release of the callee that served when the caller was made, or the first one after it."""
    numbers = {each.number: each for each in callers}
    while caller.repeats in numbers:
        caller = numbers[caller.repeats]
    committed = [each for each in callees if each.committed is not None]
    earlier = [each for each in committed if each.committed is not None and each.committed <= caller.started]
    return next(iter([*earlier, *reversed(committed)]), None)


def _breaks(base: Release, draft: Release, endpoint: str) -> tuple[Break, ...]:
    old, new = base.descriptions.get(endpoint), draft.descriptions.get(endpoint)
    if old is None or new is None:
        which = base.version if old is None else draft.version
        return (Break("openapi", f"what {which} promises is not kept, so nothing was compared", sure=False),)
    return () if old == new else breaks_between(recalled(old), recalled(new))


def _listed(breaks: Sequence[Break]) -> str:
    more = f"; and {len(breaks) - _SHOWN} more" if len(breaks) > _SHOWN else ""
    return "; ".join(map(str, breaks[:_SHOWN])) + more


def _hint(draft: Release, caller: Release) -> str:
    return (
        f"keep the old beside the new until {caller.service} has moved on, deploy both together, or live with it:"
        f" `accept: [{{rule: {RULE}, reason: …}}]` in the manifest of {draft.service}"
    )
