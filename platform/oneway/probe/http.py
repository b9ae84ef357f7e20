"""Requests over HTTP, bounded in time and in size."""

import time
from collections.abc import Callable, Iterable
from typing import Final

from .answer import Answer, NoAnswer, Outgoing, Send

MAX_BODY: Final = 8 << 20
_CHUNK: Final = 64 << 10


def http_sender(base_url: str, clock: Callable[[], float] = time.monotonic) -> Send:
    """A sender to one address such as `http://127.0.0.1:8080`. Redirects are answers; no proxy is asked."""
    import requests

    session = requests.Session()
    session.trust_env = False

    def send(outgoing: Outgoing) -> Answer:
        started = clock()
        try:
            with session.request(
                outgoing.method,
                base_url + outgoing.path,
                headers=dict(outgoing.headers),
                data=outgoing.body,
                timeout=outgoing.timeout,
                allow_redirects=False,
                stream=True,
            ) as response:
                body = _read(response.iter_content(_CHUNK), started + outgoing.timeout, clock)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body, clock() - started)
        except requests.Timeout:
            raise NoAnswer(f"no answer within {outgoing.timeout:g} s") from None
        except requests.ConnectionError as error:
            raise NoAnswer(_connection_reason(error)) from None
        except requests.RequestException as error:
            raise NoAnswer(f"{type(error).__name__}: {error}") from None

    return send


def _read(chunks: Iterable[bytes], deadline: float, clock: Callable[[], float]) -> bytes:
    body = bytearray()
    for chunk in chunks:
        body += chunk
        if len(body) > MAX_BODY:
            raise NoAnswer(f"the body is larger than {MAX_BODY >> 20} MiB")
        if clock() > deadline:
            raise NoAnswer("the body did not end in time")
    return bytes(body)


def _connection_reason(error: Exception) -> str:
    text = str(error)
    if "refused" in text:
        return "connection refused: nothing listens there"
    if "reset" in text or "aborted" in text:
        return "the connection was cut before an answer came"
    return f"no connection: {text}"
