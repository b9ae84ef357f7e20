"""A user sees: a version that answers rightly is refused, because its answer is packed, repeats a header, or is not
written in UTF-8."""

import gzip
import json
import zlib
from typing import Any

import brotli
import pytest

from oneway.manifest.decode import decode
from oneway.model import Check
from oneway.probe import Answer, Verdict, read_answer, run_check

BODY = {"text": "Über den Wölken", "items": [{"id": 7}]}


def check(**expect: Any) -> Check:
    return decode({"name": "asks", "request": {"path": "/"}, "expect": expect}, Check)


def verdict(asked: Check, *headers: tuple[str, str], body: bytes) -> Verdict:
    answer: Answer = read_answer(200, list(headers), body, 0.1)
    return run_check(asked, lambda _: answer, lambda _: b"").verdict


PACKED = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}


@pytest.mark.parametrize("coding", PACKED)
def test_a_packed_answer_is_judged_by_what_is_in_it(coding: str) -> None:
    asked = check(body={"items[0].id": 7, "text": {"matches": "^Über"}})
    packed = PACKED[coding](json.dumps(BODY).encode())
    kind = ("Content-Type", "application/json")
    assert verdict(asked, kind, ("Content-Encoding", coding), body=packed) is Verdict.PASS
    other = check(body={"items[0].id": 8})
    assert verdict(other, kind, ("Content-Encoding", coding), body=packed) is Verdict.FAIL


@pytest.mark.parametrize("name", ["Set-Cookie", "Vary", "link", "X-Anything"])
def test_every_value_of_a_repeated_header_counts(name: str) -> None:
    headers = [(name, "first=1"), (name, "second=2"), (name.upper(), "third=3")]
    for wanted in ("first=1", "second=2", "third=3"):
        assert verdict(check(headers={name: {"contains": wanted}}), *headers, body=b"") is Verdict.PASS
    assert verdict(check(headers={name: {"contains": "fourth"}}), *headers, body=b"") is Verdict.FAIL


@pytest.mark.parametrize("charset", ["iso-8859-1", "windows-1252", "utf-16", "UTF-8"])
def test_an_answer_is_read_in_its_charset(charset: str) -> None:
    asked = check(body={"text": {"contains": "Wölken"}})
    kind = ("Content-Type", f"application/json; charset={charset}")
    assert verdict(asked, kind, body=json.dumps(BODY, ensure_ascii=False).encode(charset)) is Verdict.PASS
