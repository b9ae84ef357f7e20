"""One check against real answers: what passes, what fails and how it is said, what cannot be judged."""

import json
from typing import Any

import msgspec
import pytest

from oneway.model import Check, Expect, Matcher, Request
from oneway.probe import Answer, CheckResult, NoAnswer, Outgoing, Verdict, run_check


def answering(body: Any = None, status: int = 200, seconds: float = 0.01, headers: dict[str, str] | None = None) -> Any:
    sent: list[Outgoing] = []

    def send(outgoing: Outgoing) -> Answer:
        sent.append(outgoing)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = {name: (value,) for name, value in (headers or {}).items()}
        return Answer(status, fields, content, seconds)

    send.sent = sent  # type: ignore[attr-defined]
    return send


def no_file(name: str) -> bytes:
    raise FileNotFoundError(2, "No such file or directory", name)


def judge(expect: Expect, **answer: Any) -> CheckResult:
    return run_check(Check(name="a check", request=Request(path="/"), expect=expect), answering(**answer), no_file)


def said(result: CheckResult) -> list[str]:
    return [str(each) for each in result.failures]


def test_passes_when_everything_is_as_expected() -> None:
    result = judge(
        Expect(body={"ids[0]": Matcher(matches="^[0-9]+$"), "n": 1, "length(ids)": Matcher(above=0)}),
        body={"ids": ["12"], "n": 1},
    )
    assert result.verdict is Verdict.PASS
    assert result.failures == ()


def test_says_status_with_what_came() -> None:
    result = judge(Expect(status=200), body=b"no such thing\n\x1b[31m", status=404)
    assert said(result) == ["status: expected 200, got 404 no such thing  [31m"]


def test_says_every_field_that_differs() -> None:
    result = judge(Expect(body={"a": 1, "b": Matcher(above=2, below=5), "c": None}), body={"a": "1", "b": 1, "c": 3})
    assert said(result) == [
        'a: expected 1, got "1"',
        "b: expected a number above 2, got 1",
        "c: expected null, got 3",
    ]


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (Matcher(equals={"a": [1]}), {"a": [1]}),
        (Matcher(contains="x"), ["x"]),
        (Matcher(contains="x"), "axb"),
        (Matcher(length=2), "ab"),
        (Matcher(exists=False), None),
        (Matcher(type="boolean"), True),
        (Matcher(type="number"), 1.5),
        (Matcher(above=0.5), 0.6),
    ],
)
def test_matchers_that_hold(wanted: Matcher, value: Any) -> None:
    assert judge(Expect(body={"v": wanted}), body={"v": value}).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("wanted", "value"),
    [
        (Matcher(equals=1), True),
        (Matcher(equals=0), False),
        (Matcher(contains="x"), 1),
        (Matcher(length=2), 2),
        (Matcher(exists=True), None),
        (Matcher(type="number"), True),
        (Matcher(above=0), float("nan")),
        (Matcher(above=0), "1"),
        (Matcher(matches="a"), None),
    ],
)
def test_matchers_that_do_not_hold(wanted: Matcher, value: Any) -> None:
    assert judge(Expect(body={"v": wanted}), body={"v": value}).verdict is Verdict.FAIL


def test_says_the_type_where_that_is_what_differs() -> None:
    result = judge(Expect(body={"id": Matcher(matches="^[0-9]+$"), "n": Matcher(above=1)}), body={"id": 12, "n": "5"})
    assert said(result) == [
        "id: expected text that matches ^[0-9]+$, got the number 12",
        'n: expected a number above 1, got the string "5"',
    ]


def test_slow_answers_fail_with_both_times() -> None:
    result = judge(Expect(within=msgspec.convert(0.2, float)), seconds=0.35)  # type: ignore[arg-type]
    assert said(result) == ["time: expected at most 0.2, got 350ms"]


def test_no_answer_is_a_failure() -> None:
    def refuse(outgoing: Outgoing) -> Answer:
        raise NoAnswer("connection refused: nothing listens there")

    result = run_check(Check(name="c", request=Request(path="/")), refuse, no_file)
    assert result.verdict is Verdict.FAIL
    assert said(result) == ["answer: expected an answer with status 200, got connection refused: nothing listens there"]


def test_a_body_that_is_not_json_is_a_failure() -> None:
    assert said(judge(Expect(body={"a": 1}), body=b"<html>")) == ["body: expected JSON, got <html>"]
    assert said(judge(Expect(body={"a": 1}), body=b"[" * 100_000))[0].startswith("body: expected JSON")


@pytest.mark.parametrize(
    "expect",
    [
        Expect(body={"a[": 1}),
        Expect(body={"a": Matcher(matches="(")}),
        Expect(body={"a": Matcher(matches="(?=x)")}),
        Expect(body={"nosuch(a)": 1}),
        Expect(body={"length(a, a)": 1}),
        Expect(head=True, body={"a": 1}),
    ],
)
def test_a_check_that_cannot_be_carried_out_is_inconclusive(expect: Expect) -> None:
    assert judge(expect, body={"a": 1}).verdict is Verdict.INCONCLUSIVE


def test_a_missing_file_is_inconclusive() -> None:
    check = Check(name="c", request=Request(path="/", method="POST", file="gone.jpg"))
    result = run_check(check, answering(), no_file)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "gone.jpg" in said(result)[0]


def test_captures_and_fills_in() -> None:
    first = Check(name="first", request=Request(path="/"), capture={"made": "ids[0]"})
    captured = run_check(first, answering({"ids": ["7"]}), no_file).captured
    assert captured == {"made": "7"}

    send = answering({"id": "7"})
    second = Check(
        name="second",
        request=Request(path="/v1/${made}", headers={"X-Id": "${made}"}, json={"id": ["${made}"]}),
        expect=Expect(body={"id": "${made}"}),
    )
    assert run_check(second, send, no_file, captured).verdict is Verdict.PASS
    outgoing = send.sent[0]
    assert outgoing.path == "/v1/7"
    assert outgoing.headers == {"X-Id": "7", "Content-Type": "application/json"}
    assert json.loads(outgoing.body) == {"id": ["7"]}
    assert run_check(second, send, no_file, {}).verdict is Verdict.INCONCLUSIVE


@pytest.mark.parametrize("path", ["ids", "ids[0]", "length(ids)", "ids[0].name", "sum(ids)", "join(',', ids)", "a.b.c"])
def test_a_missing_field_has_failed_and_shows_what_came_once(path: str) -> None:
    result = judge(Expect(body={path: 3, f"{path} ": Matcher(above=1)}), body={"error": "no more ids"})
    assert result.verdict is Verdict.FAIL
    assert said(result)[0] == f'{path}: expected 3, got nothing; the body is {{"error": "no more ids"}}'
    assert said(result)[1] == f"{path} : expected a number above 1, got nothing"


def test_what_came_is_bounded_and_shows_no_secret() -> None:
    body = {
        "token": "t0psecret",
        "user": {"password": "hunter2", "name": "ann", "link": "https://u:hunter2@h/"},
        "log": "Authorization: Bearer abcdefghijk, api_key=hunter2",
        "long": "x" * 1000,
    }
    (told,) = said(judge(Expect(body={"id": 1}), body=body))
    assert "hunter2" not in told
    assert "t0psecret" not in told
    assert "abcdefghijk" not in told
    assert '"name": "ann"' in told
    assert len(told) < 300
    for path in ("token", "user.password", "[token][0]"):
        assert "hunter2" not in str(said(judge(Expect(body={path: "other"}), body=body)))
        assert "t0psecret" not in str(said(judge(Expect(body={path: "other"}), body=body)))
    assert "hunter2" not in str(said(judge(Expect(status=201), body=b"failed: password=hunter2 for ann")))


def test_a_missing_value_to_capture_has_failed() -> None:
    check = Check(name="c", request=Request(path="/"), capture={"made": "ids[0]"})
    bodies: list[Any] = [{"id": 7}, {"ids": []}, [], "text"]
    for body in bodies:
        result = run_check(check, answering(body), no_file)
        assert result.verdict is Verdict.FAIL
        assert said(result)[0].startswith("ids[0]: expected a value to capture as made, got nothing; the body is")
    assert run_check(check, answering(b"<html>"), no_file).verdict is Verdict.FAIL


@pytest.mark.parametrize("body", [b'{"a": NaN}', b'{"a": Infinity}', b"{'a': 1}", b"", b"\xff\xfe"])
def test_what_is_no_json_is_said(body: bytes) -> None:
    assert said(judge(Expect(body={"a": 1}), body=body))[0].startswith("body: expected JSON, got ")


@pytest.mark.parametrize(
    ("name", "value"), [("X Note", "a"), ("X-Note", "a\r\nX-Other: b"), ("", "a"), ("X-Né", "a"), ("X-Note", "\x00")]
)
def test_a_header_that_cannot_be_sent_is_inconclusive(name: str, value: str) -> None:
    check = Check(name="c", request=Request(path="/", headers={name: value}))
    assert run_check(check, answering(), no_file).verdict is Verdict.INCONCLUSIVE


@pytest.mark.timeout(20)
def test_a_pattern_that_would_take_for_ever_does_not() -> None:
    result = judge(Expect(body={"v": Matcher(matches="^(([0-9]+)*)*X$")}), body={"v": "1" * 100_000})
    assert result.verdict is Verdict.FAIL
