"""Requests to one pod through the API server, so that nothing but API access is needed to judge it."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from ...errors import OnewayError
from ...probe import MAX_BODY, Answer, Kind, NoAnswer, Outgoing, Send, attended, read_answer, too_large
from .connection import Connection, Reply, Unreachable
from .kinds import POD

_NOT_PASSED_ON: Final = frozenset({"authorization", "host"})


def pod_sender(
    connection: Connection,
    namespace: str,
    target: Callable[[], tuple[str, int]],
    clock: Callable[[], float] = time.monotonic,
) -> Send:
    """A sender to the pod and port that `target` names; it is asked anew for each request and may raise NoAnswer."""

    def send(outgoing: Outgoing) -> Answer:
        if outgoing.kind is not Kind.HTTP:
            raise NoAnswer(
                f"the API server's proxy carries HTTP alone, not {outgoing.kind}; name an address with `base`"
            )
        withheld = sorted(each for each in outgoing.headers if each.lower() in _NOT_PASSED_ON)
        if withheld:
            raise NoAnswer(f"the API server's proxy does not pass on the header {withheld[0]}")
        started = clock()
        try:
            pod, port = target()
            origin = POD.path(namespace, f"{pod}:{port}", "proxy").replace("%3A", ":")
            started = clock()
            headers = {name: value.encode() for name, value in outgoing.headers.items()}
            reply = connection.open(
                outgoing.method, origin + outgoing.path, None, outgoing.body, headers, timeout=outgoing.timeout
            )
            body = _read(reply, started + outgoing.timeout, clock, outgoing.head)
        except Unreachable as error:
            raise NoAnswer(f"no answer from {pod}: {error}") from None
        except OnewayError as error:
            raise NoAnswer(error.message) from None
        seconds = clock() - started
        _refuse_proxy_errors(reply, body, pod)
        # The API server writes the way through its proxy before a Location that leads to the same pod.
        return replace(read_answer(reply.status, reply.fields, body, seconds), origin=origin)

    return attended(send, lambda: None)


def _read(reply: Reply, deadline: float, clock: Callable[[], float], head: bool) -> bytes:
    body = bytearray()
    if head:
        reply.close()
        return b""
    for chunk in reply.chunks(packed=True):
        body += chunk
        if len(body) > MAX_BODY:
            reply.close()
            raise too_large()
        if clock() > deadline:
            reply.close()
            raise NoAnswer("the body did not end in time")
    return bytes(body)


def _refuse_proxy_errors(reply: Reply, body: bytes, pod: str) -> None:
    """An error of the proxy itself is no answer of the pod's; it comes as a Status object."""
    if reply.status < 400 or b'"Status"' not in body[:200]:
        return
    try:
        status = json.loads(body)
    except (ValueError, RecursionError):
        return
    if not isinstance(status, dict) or (status.get("kind"), status.get("apiVersion")) != ("Status", "v1"):
        return
    said = str(status.get("message", "")).removeprefix("error trying to reach service: ")
    raise NoAnswer(f"{pod} cannot be asked: {said}")
