"""What a measurement sends: the service's checks, and what `load.requests` of its manifest adds and weighs."""

from collections.abc import Iterator
from dataclasses import dataclass

from ..errors import UsageError
from .expressions import names_of_placeholders
from .service import Check, LoadRequest, Service

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_REFUSED = 400


class NothingToMeasure(UsageError):
    """The service has no request that can be sent again and again by itself."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One kind of request and its weight. It is `meant` where the manifest names it for measurements."""

    check: Check
    weight: float
    meant: bool

    @property
    def safe(self) -> bool:
        """Whether it changes nothing, by its method."""
        return self.check.request.method in _SAFE


def mix_of(spec: Service) -> tuple[Ingredient, ...]:
    """The requests of the service, each with a weight. NothingToMeasure where there is none, UsageError where one is
    named that cannot be sent.

    A check counts once, unless `load.requests` weighs it; one that needs what an earlier check captured cannot be sent
    alone, and one that expects to be refused is left out, for it costs less than what users come for.
    """
    found = [each for each in (*_checks(spec), *_own(spec)) if each.weight]
    if not found:
        raise NothingToMeasure(
            f"{spec.name} has no request to be measured with",
            "write a smoke check that stands alone and expects no refusal, or `load.requests` in its manifest",
        )
    for each in found:
        endpoint = spec.endpoint(each.check.request.endpoint)
        if endpoint is None or endpoint.protocol != "http":
            named = f"{each.check.request.endpoint or ''}".rstrip()
            raise NothingToMeasure(
                f"{spec.name} has no http endpoint {named}".rstrip(),
                f"only http is measured: give {each.check.name!r} another endpoint, or weight 0 under `load.requests`",
            )
    return tuple(found)


def _checks(spec: Service) -> Iterator[Ingredient]:
    named = {each.check: each for each in spec.load.requests if each.check is not None}
    unknown = sorted(named.keys() - {each.name for each in spec.own_checks})
    if unknown:
        known = "; ".join(each.name for each in spec.own_checks) or "none"
        raise UsageError(f"{spec.name} weighs a check {unknown[0]!r} that it does not have", f"its checks: {known}")
    for check in spec.own_checks:
        entry = named.get(check.name)
        if _stands_alone(check):
            usual = 0.0 if check.expect.status >= _REFUSED else 1.0
            yield Ingredient(check, usual if entry is None else entry.weight, entry is not None)
        elif entry is not None and entry.weight:
            raise UsageError(
                f"{spec.name} weighs the check {check.name!r}, which needs what another one captured",
                "write the request under `load.requests` with the value in it",
            )


def _own(spec: Service) -> Iterator[Ingredient]:
    for each in spec.load.requests:
        if each.check is None:
            yield Ingredient(_as_check(spec, each), each.weight, True)


def _as_check(spec: Service, entry: LoadRequest) -> Check:
    if entry.request is None:
        raise UsageError(f"an entry of {spec.name}'s `load.requests` has neither `check` nor `request`", "write one")
    check = Check(name=entry.name or entry.request.path, request=entry.request, expect=entry.expect)
    if not _stands_alone(check):
        raise UsageError(f"{check.name!r} of {spec.name}'s `load.requests` has ${{…}}", "write the value in its place")
    return check


def _stands_alone(check: Check) -> bool:
    request, expect = check.request, check.expect
    if request.tcp or request.grpc is not None or request.dns is not None or request.redirects or request.cookies:
        return False
    texts = (request.path, request.json, request.body, *request.headers.values())
    wanted = (*expect.headers.values(), *expect.body.values())
    return not any(True for each in (*texts, *wanted) for _ in names_of_placeholders(each))
