"""Acceptances that silence nothing."""

from collections.abc import Callable
from datetime import date

from oneway.errors import Finding

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]
Said = Callable[..., list[Finding]]


ACCEPT = "accept:\n  - {rule: smoke-missing, reason: a toy, until: 2026-06-01}\n"
HTTP = "endpoints: [{name: http, port: 80}]\n"


def test_silences_one_rule_there_up_to_its_last_day(system: System, places: Places) -> None:
    files = system(id=HTTP + ACCEPT, other=HTTP)
    assert places("smoke-missing", files, today=date(2026, 6, 1)) == ["other.yaml:2:1 other has no smoke check"]
    assert places("accepted-unused", files, today=date(2026, 6, 1)) == []
    assert len(places("smoke-missing", files, today=date(2026, 6, 2))) == 2
    assert places("accepted-unused", files, today=date(2026, 6, 2)) == [
        "id.yaml:8:6 the acceptance of smoke-missing ended on 2026-06-01"
    ]


def test_a_finding_that_is_gone_and_a_rule_that_is_none(system: System, said: Said) -> None:
    text = "accept:\n  - {rule: fan-in, reason: x}\n  - {rule: fan-on, reason: x}\n"
    found = said("accepted-unused", system(id=text))
    assert [f"{each.location} {each.message}" for each in found] == [
        "id.yaml:7:6 id has no finding of fan-in to accept",
        "id.yaml:8:6 there is no rule fan-on",
    ]
    assert found[1].hint == "did you mean fan-in?"


def test_is_not_judged_while_a_manifest_cannot_be_read(system: System, places: Places) -> None:
    files = system(id="accept: [{rule: fan-in, reason: x}]\n") | {"broken.yaml": "a: ["}
    assert places("accepted-unused", files) == []


def test_an_environment_accepts_for_itself(system: System, places: Places) -> None:
    text = HTTP + "environments:\n  local: {accept: [{rule: smoke-missing, reason: a toy}]}\n"
    files = system("environments: {local: {target: local}}\n", id=text)
    assert len(places("smoke-missing", files)) == 1
    assert places("smoke-missing", files, env="local") == []
    assert places("accepted-unused", files, env="local") == []
