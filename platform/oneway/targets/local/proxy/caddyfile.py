"""Caddy's configuration as a function of the routes.

Loading a configuration makes Caddy close the idle connections of every server, and a caller that sends at that instant
loses its request. A server whose listeners change is treated better: it goes on answering for `DELAY` and knows that
it is going, so it can ask its callers to open a new connection. Each server therefore also listens on a socket that
has another name in every generation; the rollout's own requests come in by it, and so never reach the one that goes.

While traffic goes over from one release to another, one configuration holds all steps, and a file says which of them
is meant: Caddy reads it for each request, so that a step, or the way back, is taken by all at once.
"""

from collections.abc import Mapping
from functools import reduce
from math import gcd
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from ..state.ledger import ALONE, Front, Passage, Pool, Routes
from .routing import divide

ADMIN: Final = "admin.sock"
TOKEN: Final = "X-Oneway-Release"
DELAY: Final = "1500ms"
_UPSTREAM: Final = "{http.reverse_proxy.upstream.hostport}"
# Methods that only ask: asking again elsewhere changes nothing and gets the same answer.
_QUESTIONS: Final[dict[str, Any]] = {"method": ["GET", "HEAD", "OPTIONS"]}
_GRACE: Final = "30s"
_DIAL_SECONDS: Final = "2s"


def make_configuration(routes: Mapping[str, Routes], generation: int, runtime: Path, logs: Path) -> dict[str, Any]:
    """Caddy's JSON for these routes."""
    fronts = [
        (server_name(service, endpoint), service, front)
        for service in sorted(routes)
        for endpoint, front in sorted(routes[service].fronts.items())
    ]
    return {
        "admin": {"listen": f"unix/{runtime / ADMIN}", "config": {"persist": False}},
        "logging": {
            "logs": {
                "default": {"level": "WARN", "writer": {"output": "stderr"}},
                **{log_name(service): _log_access(service, logs) for service in sorted(routes)},
            }
        },
        "apps": {
            "http": {
                "grace_period": _GRACE,
                "shutdown_delay": DELAY,
                "servers": {
                    name: _serve(front, log_name(service), passing_socket(runtime, generation, name))
                    for name, service, front in fronts
                },
            }
        },
    }


def server_name(service: str, endpoint: str) -> str:
    """What Caddy calls the server of an endpoint."""
    return f"{service}-{endpoint}"


def passing_socket(runtime: Path, generation: int, server: str) -> Path:
    """The socket on which only that generation of the server listens. Its name is short, whatever the service's is."""
    return runtime / f"c-{generation}-{crc32(server.encode()):08x}.sock"


def log_name(service: str) -> str:
    """What Caddy calls the access log of a service."""
    return f"access-{service}"


def access_log(service: str, logs: Path) -> Path:
    """The file of the service's access log."""
    return logs / service / "access.log"


def weigh(pools: tuple[Pool, ...]) -> list[int]:
    """One small whole number for each address: Caddy serves them in blocks of that size, so small ones mix well."""
    parts = [each.share * _multiply_others(pools, each) for each in pools for _ in each.dials]
    divisor = reduce(gcd, parts, 0)
    return [part // divisor for part in parts] if divisor else [1 for _ in parts]


def _multiply_others(pools: tuple[Pool, ...], pool: Pool) -> int:
    """What makes shares comparable between pools of different sizes: the product of the other pools' sizes."""
    product = 1
    for each in pools:
        if each is not pool:
            product *= max(1, len(each.dials))
    return product


def _log_access(service: str, logs: Path) -> dict[str, Any]:
    """Who was asked what, and how it was answered; never headers or queries, where secrets travel."""
    return {
        "writer": {
            "output": "file",
            "filename": str(access_log(service, logs)),
            "roll_size_mb": 10,
            "roll_keep": 2,
            "roll_gzip": False,
        },
        "include": [f"http.log.access.{log_name(service)}"],
        "encoder": {
            "format": "filter",
            "wrap": {"format": "json"},
            "fields": {
                "request>headers": {"filter": "delete"},
                "resp_headers": {"filter": "delete"},
                "user_id": {"filter": "delete"},
                "request>uri": {"filter": "regexp", "regexp": r"\?.*", "value": ""},
            },
        },
    }


def _serve(front: Front, log: str, passing: Path) -> dict[str, Any]:
    protocols = ["h1", "h2c"] if front.protocol == "grpc" else ["h1"]
    return {
        "listen": [f"127.0.0.1:{front.port}", f"unix/{passing}"],
        "automatic_https": {"disable": True},
        "protocols": protocols,
        "logs": {"default_logger_name": log},
        "routes": [
            {
                "match": [{"vars": {"{http.shutting_down}": ["true"]}}],
                "handle": [{"handler": "headers", "response": {"set": {"Connection": ["close"]}}}],
            },
            {"handle": [_log_field("upstream", _UPSTREAM)]},
            *(_keep_to(pool, front) for pool in front.pools if pool.dials),
            _refuse_unknown(),
            *_route_steps(front),
            {"handle": [_proxy(divide(front, ""), front)]},
        ],
        **_rescue(front),
    }


def _keep_to(pool: Pool, front: Front) -> dict[str, Any]:
    """The rollout's own requests go to the release that their token names, and are marked in the log."""
    whole = Pool(release=pool.release, share=100, dials=pool.dials, token=pool.token)
    return {
        "match": [{"header": {TOKEN: [pool.token]}}],
        "handle": [_log_field("own", "yes"), _proxy((whole,), front)],
        "terminal": True,
    }


def _refuse_unknown() -> dict[str, Any]:
    """Whoever asks for a release that does not serve here must not be answered by another one."""
    refusal = {
        "handler": "static_response",
        "status_code": 421,
        "headers": {"Content-Type": ["text/plain; charset=utf-8"]},
        "body": f"no release that serves here has the token in {TOKEN}\n",
    }
    return {"match": [{"header": {TOKEN: ["*"]}}], "handle": [_log_field("own", "yes"), refusal], "terminal": True}


def _route_steps(front: Front) -> list[dict[str, Any]]:
    """One route for each word that the passage's file may say; where it says none, the old release serves alone."""
    if front.passage is None:
        return []
    alone = _proxy(divide(front, ALONE), front)
    asked_the_new = _QUESTIONS | {"vars": {_UPSTREAM: list(front.pools[0].dials)}}
    routes = [{"match": [_match_word(front.passage, ALONE)], "handle": [alone], "terminal": True}]
    for percent in front.passage.steps:
        # At 100 there is no second upstream in the pool to try: what cannot be asked comes back by `errors`.
        pools = tuple(each for each in divide(front, str(percent)) if each.share)
        proxy = _proxy(pools, front, tries=len(pools) > 1)
        proxy["handle_response"] = [
            {
                "match": {"status_code": [5]},
                "routes": [
                    {"match": [asked_the_new], "handle": _ask_the_old(front, "reverse_proxy"), "terminal": True},
                    {"handle": [{"handler": "copy_response"}]},
                ],
            }
        ]
        routes.append({"match": [_match_word(front.passage, str(percent))], "handle": [proxy], "terminal": True})
    return routes


def _rescue(front: Front) -> dict[str, Any]:
    """Until the new release is alone, what it could not be asked, or failed to answer, is put to the old one: also
    where its traffic was stopped in that very moment. The rollout's own requests are not."""
    if front.passage is None:
        return {}
    users: dict[str, Any] = {"not": [{"header": {TOKEN: ["*"]}}, _match_word(front.passage, ALONE)]}
    never_sent = {"vars_regexp": {"{http.error.message}": {"pattern": "^(dial |no upstreams)"}}}
    route = {"match": [users | _QUESTIONS, users | never_sent], "handle": _ask_the_old(front, "error")}
    return {"errors": {"routes": [route]}}


def _match_word(passage: Passage, word: str) -> dict[str, Any]:
    return {"vars": {"{file." + passage.file + "}": [word]}}


def _ask_the_old(front: Front, after: str) -> list[dict[str, Any]]:
    """The old release is asked, and the log tells of the failure too."""
    remembered = {"handler": "vars", "failed": _UPSTREAM, "failed_status": f"{{http.{after}.status_code}}"}
    noted = [_log_field(key, f"{{http.vars.{key}}}") for key in ("failed", "failed_status")]
    return [remembered, *noted, _log_field("upstream", _UPSTREAM), _proxy(divide(front, ""), front)]


def _log_field(key: str, value: str) -> dict[str, Any]:
    return {"handler": "log_append", "key": key, "value": value}


def _proxy(pools: tuple[Pool, ...], front: Front, tries: bool = True) -> dict[str, Any]:
    """Passive health checks keep the weighted policy from trying a dead replica again and again."""
    transport: dict[str, Any] = {"protocol": "http", "dial_timeout": _DIAL_SECONDS}
    if front.protocol == "grpc":
        transport["versions"] = ["h2c", "2"]
    again = {"try_duration": "4s", "try_interval": "50ms", "retry_match": [_QUESTIONS]} if tries else {}
    return {
        "handler": "reverse_proxy",
        "upstreams": [{"dial": dial} for pool in pools for dial in pool.dials],
        "load_balancing": {
            "selection_policy": {"policy": "weighted_round_robin", "weights": weigh(pools)},
            **again,
        },
        "health_checks": {"passive": {"max_fails": 1, "fail_duration": "1s"}},
        "headers": {"request": {"delete": [TOKEN]}},
        "transport": transport,
    }
