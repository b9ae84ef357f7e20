"""A changed API and those who call it."""

from collections.abc import Callable

import pytest

from oneway.contracts import Break
from oneway.errors import Finding, Severity

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]

ENDPOINTS = "endpoints:\n  - {name: http, port: 80, openapi: api.json}\n  - {name: admin, port: 81, openapi: b.json}\n"
GONE = Break("GET /v1/ids", "it is gone")
MAYBE = Break("GET /v1/ids", "answer 200: state may now be 'late'", sure=False)
BREAKS = {("id", "http"): (GONE, MAYBE)}


def called(version: str = "", to: str = "{to: id%s}") -> str:
    return "calls: [" + to % (f', version: "{version}"' if version else "") + "]\n"


def test_callers_are_named_with_the_places_of_their_calls(system: System, said: Said) -> None:
    files = system(id="version: 1.1.0\n" + ENDPOINTS, gate=called(), shop=called(), bystander="")
    before = (system(id=ENDPOINTS, gate=called(), shop=called()), ())
    sure, maybe = said("contract-broken", files, before=before, breaks=BREAKS)
    assert sure.message == "id 1.1.0 breaks gate, shop, made for 1.0.0: GET /v1/ids: it is gone"
    assert (str(sure.location), sure.severity) == ("id.yaml:8:28", Severity.ERROR)
    assert [str(each.location) for each in sure.related] == ["gate.yaml:6:9", "shop.yaml:6:9"]
    assert maybe.message.startswith("id 1.1.0 may break gate, shop, made for 1.0.0: GET /v1/ids: answer 200: state may")
    assert maybe.severity is Severity.WARNING


@pytest.mark.parametrize(
    "caller",
    [
        called(">=2"),
        called(">=1.5,<3"),
        called(to="{to: id, endpoint: admin%s}"),
    ],
)
def test_who_knows_or_calls_another_endpoint_is_no_caller(system: System, said: Said, caller: str) -> None:
    files = system(id="version: 2.0.0\n" + ENDPOINTS, gate=caller)
    assert said("contract-broken", files, before=(system(id=ENDPOINTS, gate=caller), ()), breaks=BREAKS) == []


@pytest.mark.parametrize("range_", ["", ">=1.0,<2"])
def test_a_range_that_stays_within_the_first_number_says_nothing(system: System, said: Said, range_: str) -> None:
    files = system(id="version: 1.1.0\n" + ENDPOINTS, gate=called(range_))
    before = (system(id=ENDPOINTS, gate=called(range_)), ())
    assert len(said("contract-broken", files, before=before, breaks=BREAKS)) == 2


def test_a_call_that_is_new_was_made_for_the_new_api(system: System, said: Said) -> None:
    files = system(id="version: 1.1.0\n" + ENDPOINTS, gate=called())
    assert said("contract-broken", files, before=(system(id=ENDPOINTS, gate=""), ()), breaks=BREAKS) == []
    assert said("contract-broken", files, before=(system(id=ENDPOINTS), ()), breaks=BREAKS) == []
    assert said("contract-broken", files) == []


def test_whoever_calls_from_outside_is_a_warning(system: System, said: Said) -> None:
    public = ENDPOINTS.replace("port: 80,", "port: 80, public: true,")
    files = system(id="version: 1.1.0\n" + public)
    sure, _ = said("contract-broken", files, before=(system(id=public), ()), breaks=BREAKS)
    assert "breaks whoever calls it from outside" in sure.message
    assert sure.severity is Severity.WARNING


def test_only_the_first_few_are_told(system: System, said: Said) -> None:
    many = {("id", "http"): tuple(Break(f"GET /{at}", "it is gone") for at in range(9))}
    files = system(id="version: 1.1.0\n" + ENDPOINTS, gate=called())
    (found,) = said("contract-broken", files, before=(system(id=ENDPOINTS, gate=called()), ()), breaks=many)
    assert found.message.endswith("GET /2: it is gone; and 6 more")
