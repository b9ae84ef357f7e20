"""One way to read an answer: unpacked within bounds, every value of a header, characters in their charset."""

import codecs
import gzip
import json
import zlib
from typing import Any

import brotli
import hostile_server as hostile
import pytest
from backports import zstd

from oneway.model import Check, Expect, Matcher, Request
from oneway.probe import CheckResult, NoAnswer, Verdict, http_sender, read_answer, run_check, text_of

BODY = json.dumps({"text": "four purple umbrellas", "n": [1, 2]}).encode()


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


PACKED: dict[str, bytes] = {
    "gzip": gzip.compress(BODY),
    "x-gzip": gzip.compress(BODY),
    "GZIP": gzip.compress(BODY[:9]) + gzip.compress(BODY[9:]),
    "deflate": zlib.compress(BODY),
    " deflate": raw_deflate(BODY),
    "br": brotli.compress(BODY),
    "zstd": zstd.compress(BODY),
    "zstd ": zstd.compress(BODY[:9]) + zstd.compress(BODY[9:]),
    "gzip, br": brotli.compress(gzip.compress(BODY)),
    "identity": BODY,
    "": BODY,
}


@pytest.mark.parametrize("coding", PACKED)
def test_a_packed_body_is_unpacked(coding: str) -> None:
    assert read_answer(200, [("Content-Encoding", coding)], PACKED[coding], 0.1).body == BODY


@pytest.mark.parametrize("coding", ["gzip", "deflate", "br", "zstd", " deflate"])
def test_a_broken_or_cut_body_is_no_answer(coding: str) -> None:
    with pytest.raises(NoAnswer, match=r"the middle of|says that it is"):
        read_answer(200, [("Content-Encoding", coding)], PACKED[coding][:-4], 0.1)
    with pytest.raises(NoAnswer, match=r"says that it is|the middle of"):
        read_answer(200, [("Content-Encoding", coding)], b"\x00\xff no such thing", 0.1)


@pytest.mark.parametrize(
    ("coding", "bomb"),
    [
        ("gzip", gzip.compress(bytes(64 << 20))),
        ("deflate", zlib.compress(bytes(64 << 20))),
        ("br", brotli.compress(bytes(64 << 20), quality=1)),
        ("zstd", zstd.compress(bytes(64 << 20))),
        ("gzip, gzip", gzip.compress(gzip.compress(bytes(64 << 20)))),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_bomb_is_a_failure_within_bounds(coding: str, bomb: bytes) -> None:
    with pytest.raises(NoAnswer, match="larger than 8 MiB, once"):
        read_answer(200, [("Content-Encoding", coding)], bomb, 0.1)
    with pytest.raises(NoAnswer, match="packed 9 times"):
        read_answer(200, [("Content-Encoding", ", ".join(["gzip"] * 9))], bomb, 0.1)


def test_a_window_larger_than_http_allows_is_refused() -> None:
    wide = zstd.compress(bytes(100), options={zstd.CompressionParameter.window_log: 26})
    frame = zstd.compress(bytes(70 << 20), options={zstd.CompressionParameter.window_log: 26})
    with pytest.raises(NoAnswer):
        read_answer(200, [("Content-Encoding", "zstd")], frame, 0.1)
    assert read_answer(200, [("Content-Encoding", "zstd")], wide, 0.1).body == bytes(100)


def test_a_coding_that_nobody_knows_matters_only_to_checks_of_the_body() -> None:
    with hostile.serving(hostile.answer(200, b"\x01\x02", "Content-Encoding: morse")) as (url, _):
        assert ask(url, Expect(status=200)).verdict is Verdict.PASS
        failed = ask(url, Expect(body={"a": 1}))
    assert "packed as morse" in str(failed.failures[0])


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("application/json; charset=iso-8859-1", "é".encode("latin-1"), "é"),
        ('text/plain; charset="UTF-8"', "é".encode(), "é"),
        ("application/json", "é".encode(), "é"),
        ("application/json", codecs.BOM_UTF8 + "é".encode(), "é"),
        ("application/json", '{"a"}'.encode("utf-16"), '{"a"}'),
        ("application/json", '{"a"}'.encode("utf-32-le"), '{"a"}'),
        ("text/html; charset=windows-1252", b"\x80", "€"),
        ("text/html; charset=no-such", "é".encode(), "é"),
        ("text/html; charset=rot13", b"abc", "abc"),
        ("text/html; charset=idna", b"xn--abc", "xn--abc"),
        ("text/html; charset=unicode_escape", b"\\u0041", "\\u0041"),
        ("text/html; charset=zip", b"abc", "abc"),
        ("", b"\xff\xfd", "\ufffd\ufffd"),
    ],
)
def test_the_charset_is_honoured(kind: str, body: bytes, text: str) -> None:
    assert text_of(read_answer(200, [("Content-Type", kind)] if kind else [], body, 0.1)) == text


def ask(url: str, expect: Expect) -> CheckResult:
    return run_check(Check(name="c", request=Request(path="/"), expect=expect), http_sender(url), lambda name: b"")


def test_every_value_of_a_header_counts() -> None:
    fields = ("Set-Cookie: a=1", "Vary: Accept", "set-cookie: b=2", "VARY: Origin", "Link: </x>; rel=next")
    with hostile.serving(hostile.answer(204, b"", *fields)) as (url, _):

        def failures(**headers: Any) -> list[str]:
            result = ask(
                url, Expect(status=204, headers={name.replace("_", "-"): each for name, each in headers.items()})
            )
            return [str(each) for each in result.failures]

        assert failures(vary="Accept", set_cookie=Matcher(matches="^a=")) == []
        assert failures(Vary="Origin", Set_Cookie="b=2") == []
        assert failures(vary="Accept, Origin") == []
        assert failures(link=Matcher(contains="rel=next"), etag=Matcher(exists=False)) == []
        assert failures(vary="Cookie") == ['header vary: expected "Cookie", got "Accept, Origin"']
        assert failures(etag="x") == ['header etag: expected "x", got nothing']
        assert failures(vary=Matcher(exists=False)) == ['header vary: expected nothing, got "Accept, Origin"']
        assert failures(set_cookie="c=3") == ['header set-cookie: expected "c=3", got "***"']


def test_a_packed_answer_is_judged_as_what_it_says() -> None:
    packed = hostile.answer(200, gzip.compress(BODY), "Content-Encoding: gzip", "Content-Type: application/json")
    with hostile.serving(packed) as (url, _):
        result = ask(url, Expect(body={"text": Matcher(contains="umbrellas"), "n[1]": 2}))
    assert result.verdict is Verdict.PASS, result.failures
