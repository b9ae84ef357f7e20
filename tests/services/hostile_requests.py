"""Requests that nobody sends by mistake, as bytes: forms of smuggling, heads without measure, bodies that are none."""

import gzip

OK_LENGTH = b"Content-Length: 0"
JPEG_TYPE = b"Content-Type: image/jpeg"
CHUNKED = b"Transfer-Encoding: chunked"
IDS = b"/v1/ids?count=1"
PACKED = gzip.compress(bytes(10**7))


def request(
    method: bytes, path: bytes, *lines: bytes, body: bytes = b"", version: bytes = b"HTTP/1.1", host: bytes = b""
) -> bytes:
    heads = [b"%s %s %s" % (method, path, version), host or b"Host: localhost", *lines]
    return b"\r\n".join([*heads, b"", body])


def posted(*lines: bytes, body: bytes = b"", path: bytes = IDS) -> bytes:
    return request(b"POST", path, *lines, body=body)


def got(path: bytes, *lines: bytes, **more: bytes) -> bytes:
    return request(b"GET", path, *lines, **more)


def pictured(*lines: bytes, body: bytes) -> bytes:
    return posted(JPEG_TYPE, *lines, body=body, path=b"/v1/captions")


# Two readers of one of these could see two different requests, or bodies that end at different places.
SMUGGLING = {
    "length and chunks": posted(b"Content-Length: 6", CHUNKED, body=b"0\r\n\r\nX"),
    "chunks and length": posted(CHUNKED, b"Content-Length: 5", body=b"0\r\n\r\n"),
    "two codings": posted(CHUNKED, b"Transfer-Encoding: x", body=b"0\r\n\r\n"),
    "a coding of no meaning": posted(b"Transfer-Encoding: identity"),
    "nearly chunked": posted(b"Transfer-Encoding: xchunked", body=b"0\r\n\r\n"),
    "chunked in quotes": posted(b'Transfer-Encoding: "chunked"', body=b"0\r\n\r\n"),
    "packed and chunked": posted(b"Transfer-Encoding: gzip, chunked", body=b"0\r\n\r\n"),
    "chunked twice": posted(b"Transfer-Encoding: chunked, chunked", body=b"0\r\n\r\n"),
    "a space before the colon": posted(b"Transfer-Encoding : chunked", body=b"0\r\n\r\n"),
    "a vertical tab": posted(b"Transfer-Encoding: \x0bchunked", body=b"0\r\n\r\n"),
    "two lengths": posted(OK_LENGTH, b"Content-Length: 5", body=b"hello"),
    "a list of lengths": posted(b"Content-Length: 0, 5", body=b"hello"),
    "a negative length": posted(b"Content-Length: -1"),
    "a length with a sign": posted(b"Content-Length: +0"),
    "a length in hexadecimal": posted(b"Content-Length: 0x10"),
    "a length with a space": posted(b"Content-Length: 1 0"),
    "a length beyond all numbers": posted(b"Content-Length: " + b"9" * 30),
    "a NUL in a value": got(b"/v1/ids/1", b"X-A: a\x00b"),
    "a lone CR in a value": got(b"/v1/ids/1", b"X-A: a\rX-B: c"),
    "a line without a colon": got(b"/v1/ids/1", b"no colon"),
    "a header without a name": got(b"/v1/ids/1", b": x"),
    "a space in a name": got(b"/v1/ids/1", b"a b: x"),
    "two hosts": got(b"/v1/ids/1", b"Host: evil.test"),
    "no host": b"GET /v1/ids/1 HTTP/1.1\r\n\r\n",
    "a host that is none": got(b"/v1/ids/1", host=b"Host: a b/c"),
    "HTTP of another time": got(b"/v1/ids/1", version=b"HTTP/9.9"),
    "HTTP without a version": b"GET /v1/ids/1\r\n\r\n",
    "a space in the path": got(b"/v1/id s"),
    "no method": got(b"/v1/ids/1").replace(b"GET", b"G@T", 1),
    "no HTTP at all": b"\x00\xff\xfe\r\n\r\n",
}
WITHOUT_MEASURE = {
    "a header": got(b"/v1/ids/1", b"X-A: " + b"a" * 70_000),
    "headers": got(b"/v1/ids/1", *[b"X-%d: a" % number for number in range(9_000)]),
    "an address": got(b"/v1/ids/1?" + b"a" * 70_000),
    "cookies": got(b"/v1/ids/1", b"Cookie: " + b"a=b; " * 20_000),
    "who it was passed on for": got(b"/v1/ids/1", b"X-Forwarded-For: " + b"192.0.2.7, " * 8_000),
}
PATHS = {
    "above the root": got(b"/v1/../../etc/passwd"),
    "above the root in percent": got(b"/static/%2e%2e/%2e%2e/etc/passwd"),
    "twice in percent": got(b"/static/%252e%252e%252fapp.py"),
    "an overlong dot": got(b"/v1/%c0%ae%c0%ae/limits"),
    "a slash in percent": got(b"/static%2f..%2f..%2fapp.py"),
    "backslashes": got(b"/static\\..\\app.py"),
    "a NUL": got(b"/v1/limits%00.jpg"),
    "two slashes": got(b"//v1//limits"),
    "another authority": got(b"//evil.test/%2e%2e"),
    "parameters of a segment": got(b"/v1/limits;x=1"),
    "bytes that are no characters": got(b"/v1/ids/\xff\xfe"),
    "a number without end": got(b"/v1/ids/" + b"9" * 5_000),
    "a number of another script": got(b"/v1/ids/%D9%A1"),
    "a negative number": got(b"/v1/ids/-1"),
    "a count without end": posted(OK_LENGTH, path=b"/v1/ids?count=" + b"9" * 5_000),
    "a count twice": posted(OK_LENGTH, path=b"/v1/ids?count=1&count=2"),
    "a count of NUL": posted(OK_LENGTH, path=b"/v1/ids?count=%00"),
    "a count of another script": posted(OK_LENGTH, path=b"/v1/ids?count=%D9%A1"),
    "a proxy's request": request(b"CONNECT", b"evil.test:443"),
}
METHODS = {
    word: request(word.encode(), b"/v1/captions", OK_LENGTH)
    for word in ("BREW", "TRACE", "TRACK", "CONNECT", "PROPFIND", "DELETE", "PATCH", "get", "A" * 5_000)
}
BODIES = {
    "to a question": got(b"/nothing", b"Content-Length: 5", body=b"hello"),
    "to a question, large": got(b"/nothing", b"Content-Length: 9000000", body=bytes(9_000_000)),
    "a chunk of no size": pictured(CHUNKED, body=b"ZZ\r\nabc\r\n0\r\n\r\n"),
    "a chunk of negative size": pictured(CHUNKED, body=b"-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk beyond all numbers": pictured(CHUNKED, body=b"f" * 40 + b"\r\nabc\r\n0\r\n\r\n"),
    "a chunk longer than it says": pictured(CHUNKED, body=b"2\r\nabcd\r\n0\r\n\r\n"),
    "a trailer that is none": pictured(CHUNKED, body=b"3\r\nabc\r\n0\r\nno colon\r\n\r\n"),
    "packed, and small": pictured(b"Content-Encoding: gzip", b"Content-Length: %d" % len(PACKED), body=PACKED),
    "packed with what nobody knows": pictured(b"Content-Encoding: zstd", b"Content-Length: 3", body=b"abc"),
    "empty": pictured(OK_LENGTH, body=b""),
    "of a type of no characters": posted(
        b"Content-Type: \xff\xfe", b"Content-Length: 3", body=b"abc", path=b"/v1/captions"
    ),
    "with a deadline of no number": pictured(b"X-Request-Deadline-Ms: -5", b"Content-Length: 3", body=b"abc"),
}
EVERY = {
    f"{kind}: {name}": sent
    for kind, cases in (
        ("smuggling", SMUGGLING),
        ("without measure", WITHOUT_MEASURE),
        ("path", PATHS),
        ("method", METHODS),
        ("body", BODIES),
    )
    for name, sent in cases.items()
}
