"""A user sees: a check, or a whole suite, is good although the field is missing, or although no try of it was."""

import json
from typing import Any

import pytest

from oneway.manifest.decode import decode
from oneway.model import Check, Judge
from oneway.probe import Answer, NoAnswer, Outgoing, Send, Verdict, run_check, run_suite


def check_of(name: str = "asks", **expect: Any) -> Check:
    return decode({"name": name, "request": {"path": "/"}, "expect": expect}, Check)


def verdict(answer: Any, **body: Any) -> Verdict:
    sent = Answer(200, {}, json.dumps(answer).encode(), 0.1)
    return run_check(check_of(body=body), lambda _: sent, lambda _: b"").verdict


@pytest.mark.parametrize("path", ["data.name.invalid", "data.name.invalid.more", "data.name[0]", "data.*.name.invalid"])
def test_a_path_that_goes_on_behind_a_text_finds_nothing(path: str) -> None:
    answer = {"data": {"name": "john"}}
    assert verdict(answer, **{path: "john"}) is Verdict.FAIL
    assert verdict(answer, **{"data.name": "john"}) is Verdict.PASS


@pytest.mark.parametrize("answer", ["text", None, 3, 1.5, True, {}, [], [[]], [None]])
@pytest.mark.parametrize("path", ["[0].id", "items[0]", "items[?id].id | [0]", "keys(@)[0]"])
def test_a_place_in_what_is_no_list_finds_nothing(answer: Any, path: str) -> None:
    assert verdict(answer, **{path: {"exists": True}}) is Verdict.FAIL


def answers(*statuses: int) -> Send:
    """One status after the other; 0 is no answer."""
    left = iter(statuses)

    def send(outgoing: Outgoing) -> Answer:
        status = next(left)
        if not status:
            raise NoAnswer("connection refused")
        return Answer(status, {}, b"", 0.1)

    return send


@pytest.mark.parametrize("statuses", [(500, 500, 500), (0, 0, 0), (0, 500, 0), (500, 0, 404)])
def test_tries_that_all_failed_in_different_ways_are_no_pass(statuses: tuple[int, ...]) -> None:
    send = answers(*statuses)
    result = run_suite([check_of()], lambda _: send, lambda _: b"", Judge(passes=1, of=3), lambda _: None)
    assert result.verdict is Verdict.FAIL


def test_every_check_is_run_whatever_the_one_before_it_said() -> None:
    asked: list[str] = []
    send = answers(200, 500, 200)
    checks = [check_of(name) for name in ("quick", "wrong", "late")]
    once = Judge(passes=1, of=1)
    result = run_suite(
        checks, lambda _: send, lambda _: b"", once, lambda _: None, lambda each: asked.append(each.name)
    )
    assert (asked, result.verdict) == (["quick", "wrong", "late"], Verdict.FAIL)


def test_a_suite_without_checks_shows_nothing() -> None:
    result = run_suite([], lambda _: answers(200), lambda _: b"", Judge(), lambda _: None)
    assert result.verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 503])
def test_a_page_that_leads_to_a_status_page_is_not_up(status: int) -> None:
    moved = Answer(status, {"location": ("http://status.example.com/",)}, b"", 0.1)
    assert run_check(check_of(), lambda _: moved, lambda _: b"").verdict is Verdict.FAIL
