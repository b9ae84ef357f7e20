"""Read an answer as its sender meant it: every value of a header, the body unpacked, its characters in its charset.

Whatever carried it, an answer is read here and nowhere else: what the gate accepts, the monitor accepts.
"""

import codecs
import zlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from .answer import Answer, NoAnswer

MAX_BODY: Final = 8 << 20
_MAX_CODINGS: Final = 4
_ZSTD_WINDOW_LOG: Final = 23
_NO_CHARSETS: Final = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})


def read_answer(status: int, headers: Iterable[tuple[str, str]], raw: bytes, seconds: float) -> Answer:
    """The answer that these bytes are. NoAnswer when the body is too large, or is not what its coding says."""
    collected: dict[str, tuple[str, ...]] = {}
    for name, value in headers:
        collected[name.lower()] = (*collected.get(name.lower(), ()), value)
    return Answer(status, collected, _unpack(collected, raw), seconds)


def too_large() -> NoAnswer:
    """What to say of a body that nobody reads to its end."""
    return NoAnswer(f"the body is larger than {MAX_BODY >> 20} MiB")


def text_of(answer: Answer) -> str:
    """The body's characters: in the charset that it names, else in the Unicode encoding that its first bytes show."""
    charset = _charset(answer.headers) or ("utf-8-sig" if _is_utf8(answer.body) else _detect_unicode(answer.body))
    return answer.body.decode(charset, "replace").removeprefix("\ufeff")


def _unpack(headers: Mapping[str, tuple[str, ...]], raw: bytes) -> bytes:
    """The body without its codings. One that is not known stays as it came: only checks of the body care."""
    codings = [each.strip().lower() for value in headers.get("content-encoding", ()) for each in value.split(",")]
    codings = [each for each in codings if each not in ("", "identity")]
    if len(codings) > _MAX_CODINGS:
        raise NoAnswer(f"the body is packed {len(codings)} times over")
    for coding in reversed(codings):
        unpack = _CODINGS.get(coding)
        if unpack is None or not raw:
            return raw
        raw = _unpacked(coding, unpack, raw)
    return raw


def _unpacked(coding: str, unpack: Callable[[bytes], bytes | None], raw: bytes) -> bytes:
    try:
        opened = unpack(raw)
    except Exception as error:
        raise NoAnswer(f"the body says that it is {coding} and is not: {error or type(error).__name__}") from None
    if opened is None:
        raise NoAnswer(f"the body ends in the middle of its {coding}")
    if len(opened) > MAX_BODY:
        raise NoAnswer(f"the body is larger than {MAX_BODY >> 20} MiB, once its {coding} is unpacked")
    return opened


def _ungzip(raw: bytes) -> bytes | None:
    """Every member, one after the other."""
    opened = b""
    while raw:
        member = zlib.decompressobj(16 + zlib.MAX_WBITS)
        opened += member.decompress(raw, MAX_BODY + 1 - len(opened))
        if len(opened) > MAX_BODY:
            return opened
        if not member.eof:
            return None
        raw = member.unused_data.lstrip(b"\0")
    return opened


def _inflate(raw: bytes) -> bytes | None:
    """With or without the zlib head: both are called deflate."""
    is_zlib = raw[0] & 0x0F == 8 and int.from_bytes(raw[:2], "big") % 31 == 0
    stream = zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)
    opened = stream.decompress(raw, MAX_BODY + 1)
    return opened if stream.eof or len(opened) > MAX_BODY else None


def _unbrotli(raw: bytes) -> bytes | None:
    import brotli

    stream = brotli.Decompressor()
    opened = bytes(stream.process(raw, output_buffer_limit=MAX_BODY + 1))
    while len(opened) <= MAX_BODY and not stream.is_finished():
        more = stream.process(b"", output_buffer_limit=MAX_BODY + 1 - len(opened))
        if not more:
            return None
        opened += more
    return opened


def _unzstd(raw: bytes) -> bytes | None:
    """Every frame, one after the other; with the window of 8 MiB that HTTP allows."""
    opened = b""
    while raw:
        frame: Any = _zstd_frame()
        opened += bytes(frame.decompress(raw, max_length=MAX_BODY + 1 - len(opened)))
        if len(opened) > MAX_BODY:
            return opened
        if not frame.eof:
            return None
        raw = frame.unused_data
    return opened


def _zstd_frame() -> Any:
    try:
        from compression import zstd  # type: ignore[import-not-found, unused-ignore]
    except ImportError:
        from backports import zstd
    return zstd.ZstdDecompressor(options={zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG})


_CODINGS: Final[dict[str, Callable[[bytes], bytes | None]]] = {
    "gzip": _ungzip,
    "x-gzip": _ungzip,
    "deflate": _inflate,
    "br": _unbrotli,
    "zstd": _unzstd,
}


def _charset(headers: Mapping[str, tuple[str, ...]]) -> str:
    """The charset that Content-Type names, where Python knows it as a charset; else empty."""
    from email.message import Message

    message = Message()
    message["Content-Type"] = headers.get("content-type", ("",))[-1]
    named = str(message.get_content_charset() or "")
    try:
        found = codecs.lookup(named)
    except (LookupError, ValueError):
        return ""
    return (
        found.name
        if getattr(found, "_is_text_encoding", True) and found.name.replace("-", "_") not in _NO_CHARSETS
        else ""
    )


def _is_utf8(body: bytes) -> bool:
    return b"\0" not in body[:4] and not body.startswith((b"\xff\xfe", b"\xfe\xff"))


def _detect_unicode(body: bytes) -> str:
    from json import detect_encoding

    return detect_encoding(body)
