"""The pieces that the servers of Caddy's configuration are made of."""

import json
from functools import reduce
from math import gcd
from typing import Any, Final

from ..state.ledger import Front, Pool

TOKEN: Final = "X-Oneway-Release"
UPSTREAM: Final = "{http.reverse_proxy.upstream.hostport}"
# Methods that only ask: asking again elsewhere changes nothing and gets the same answer.
QUESTIONS: Final[dict[str, Any]] = {"method": ["GET", "HEAD", "OPTIONS"]}
# Questions that can be sent twice; a body can be sent once only.
REPEATABLE: Final[list[dict[str, Any]]] = [
    QUESTIONS | {"header": {"Transfer-Encoding": None, "Content-Length": None}},
    QUESTIONS | {"header": {"Transfer-Encoding": None, "Content-Length": ["0"]}},
]
_NOTHING: Final[list[dict[str, Any]]] = [{"method": ["NOTHING"]}]
_DIAL_SECONDS: Final = "2s"
# An order cannot be sent twice, so the front door lets go of an idle connection before any usual server does: gunicorn
# after 2 s, uvicorn and Node after 5.
_KEEP_IDLE: Final = {"idle_timeout": "1s"}
# At once, and not "-1": with that Caddy lets a request run on whose caller is gone. What has no length, such as all of
# gRPC, Caddy hands on at once by itself, and an answer of trailers alone must not be opened before they are there.
_FLUSH_AT_ONCE: Final = "1ns"
# Upgraded connections outlive the configuration that they came by. They end when either side ends them: at a deploy the
# replica that goes, after its drain.
_NEVER: Final = "8760h"
# What only a proxy may say. Caddy itself replaces X-Forwarded-For, -Proto and -Host.
_FOREIGN_CLAIMS: Final = ("Forwarded", "X-Real-Ip", "X-Client-Ip", "X-Forwarded-Port", "X-Forwarded-Prefix")


def proxy(pools: tuple[Pool, ...], front: Front, tries: bool = True) -> dict[str, Any]:
    """Hand the request to one of the pools by their shares. Where no connection comes about another replica is tried,
    for as long as a restart takes. What breaks later is for `failures`: a question may break every answer, and must not
    be asked for seconds. Nobody is left out for a while because a request failed: a caller can break one on purpose,
    and would shut the door for all others."""
    transport: dict[str, Any] = {"protocol": "http", "dial_timeout": _DIAL_SECONDS, "keep_alive": _KEEP_IDLE}
    if front.protocol == "grpc":
        transport["versions"] = ["h2c", "2"]
    again = {"try_duration": "4s", "try_interval": "50ms", "retry_match": _NOTHING} if tries else {}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": dial} for pool in pools for dial in pool.dials],
        "load_balancing": {
            "selection_policy": {"policy": "weighted_round_robin", "weights": weigh(pools)},
            **again,
        },
        **({} if front.protocol == "grpc" else {"flush_interval": _FLUSH_AT_ONCE}),
        "stream_close_delay": _NEVER,
        "headers": {"request": {"delete": [TOKEN, *_FOREIGN_CLAIMS]}},
        "transport": transport,
    }


def weigh(pools: tuple[Pool, ...]) -> list[int]:
    """One small whole number for each address: Caddy serves them in blocks of that size, so small ones mix well."""
    parts = [each.share * _multiply_others(pools, each) for each in pools for _ in each.dials]
    divisor = reduce(gcd, parts, 0)
    return [part // divisor for part in parts] if divisor else [1 for _ in parts]


def log_field(key: str, value: str) -> dict[str, Any]:
    """Write a value into the request's line in the access log."""
    return {"handler": "log_append", "key": key, "value": value}


def answer_problem(status: int | str, title: str, detail: str) -> dict[str, Any]:
    """The front door's own answer, in the shape that services give theirs (RFC 9457)."""
    number = status if isinstance(status, int) else "\0"
    body = json.dumps({"type": "about:blank", "title": title, "status": number, "detail": detail})
    return {
        "handler": "static_response",
        "status_code": status,
        "headers": {
            "Content-Type": ["application/problem+json"],
            "Cache-Control": ["no-store"],
            "X-Content-Type-Options": ["nosniff"],
        },
        "body": body.replace(json.dumps("\0"), str(status)) + "\n",
    }


def _multiply_others(pools: tuple[Pool, ...], pool: Pool) -> int:
    """What makes shares comparable between pools of different sizes: the product of the other pools' sizes."""
    product = 1
    for each in pools:
        if each is not pool:
            product *= max(1, len(each.dials))
    return product
