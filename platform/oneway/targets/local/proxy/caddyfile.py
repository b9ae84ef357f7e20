"""Caddy's configuration as a function of the routes.

Loading a configuration makes Caddy close the idle connections of every server, and a caller that sends at that instant
loses its request. A server whose listeners change is treated better: it goes on answering for `DELAY` and knows that
it is going, so it can ask its callers to open a new connection. Each server therefore also listens on a socket that
has another name in every generation; the rollout's own requests come in by it, and so never reach the one that goes.

While traffic goes over from one release to another, one configuration holds all steps, and a file says which of them
is meant: Caddy reads it for each request, so that a step, or the way back, is taken by all at once.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from zlib import crc32

from ..state.ledger import ALONE, Front, Pool, Routes
from .failures import ask_once_more, handle_failures
from .handlers import QUESTIONS, TOKEN, UPSTREAM, answer_problem, log_field, proxy
from .log_settings import log_everything, log_name
from .routing import divide, match_word

ADMIN: Final = "admin.sock"
DELAY: Final = "1500ms"
# Names of this machine alone: no page from elsewhere can be made to ask by them.
_LOOPBACK: Final = ("localhost", "*.localhost", "127.0.0.1", "::1")
# For those who run a replica, and asked of each replica itself.
_OPERATORS_PATHS: Final = ("/metrics", "/metrics/*")
_DEADLINE: Final = "X-Request-Deadline-Ms"


def make_configuration(
    routes: Mapping[str, Routes], generation: int, runtime: Path, logs: Path, hosts: Sequence[str] = ()
) -> dict[str, Any]:
    """Caddy's JSON for these routes; `hosts` are the names by which this machine is known to users elsewhere."""
    fronts = [
        (server_name(service, endpoint), service, front)
        for service in sorted(routes)
        for endpoint, front in sorted(routes[service].fronts.items())
    ]
    passing = any(front.passage for _, _, front in fronts)
    return {
        "admin": {"listen": f"unix/{runtime / ADMIN}", "config": {"persist": False}},
        "logging": {"logs": log_everything(sorted(routes), logs, passing)},
        "apps": {
            "http": {
                "shutdown_delay": DELAY,
                "servers": {
                    name: _serve(front, service, passing_socket(runtime, generation, name), hosts)
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


def _serve(front: Front, service: str, passing: Path, hosts: Sequence[str]) -> dict[str, Any]:
    protocols = ["h1", "h2c"] if front.protocol == "grpc" else ["h1"]
    return {
        "listen": [f"127.0.0.1:{front.port}", f"unix/{passing}"],
        "automatic_https": {"disable": True},
        "protocols": protocols,
        "logs": {"default_logger_name": log_name(service)},
        "routes": [
            _say_goodbye(),
            {"handle": [log_field("upstream", UPSTREAM)]},
            _log_deadline(),
            _log_caller(),
            *(_keep_to(pool, front) for pool in front.pools if pool.dials),
            _refuse_unknown_token(),
            _refuse_unknown_host((*_LOOPBACK, service, *hosts)),
            _hide_from_users(),
            *_route_steps(front),
            {"handle": [proxy(divide(front, ""), front)]},
        ],
        "errors": handle_failures(front),
    }


def _say_goodbye() -> dict[str, Any]:
    """A server that goes asks its callers to come by a new connection."""
    return {
        "match": [{"vars": {"{http.shutting_down}": ["true"]}}],
        "handle": [{"handler": "headers", "response": {"set": {"Connection": ["close"]}}}],
    }


def _log_deadline() -> dict[str, Any]:
    """How many milliseconds the caller gave, where it is a number: what comes too late for it may be its own doing."""
    return {
        "match": [{"header_regexp": {_DEADLINE: {"name": "deadline", "pattern": "^[0-9]{1,9}$"}}}],
        "handle": [log_field("deadline", "{http.regexp.deadline.0}")],
    }


def _log_caller() -> dict[str, Any]:
    """Which service asks, where it says so as servicekit does (`orders/1.2.0`). The log keeps the name's hash alone:
    whoever knows the services knows it again, and nothing that a stranger sent can be read there."""
    return {
        "match": [{"header_regexp": {"User-Agent": {"name": "caller", "pattern": "^([a-z][a-z0-9-]{0,49})/[0-9]"}}}],
        "handle": [log_field("caller", "{http.regexp.caller.1}")],
    }


def _keep_to(pool: Pool, front: Front) -> dict[str, Any]:
    """The rollout's own requests go to the release that their token names, and are marked in the log."""
    whole = Pool(release=pool.release, share=100, dials=pool.dials, token=pool.token)
    return {
        "match": [{"header": {TOKEN: [pool.token]}}],
        "handle": [log_field("own", "yes"), proxy((whole,), front)],
        "terminal": True,
    }


def _refuse_unknown_token() -> dict[str, Any]:
    """Whoever asks for a release that does not serve here must not be answered by another one."""
    refusal = answer_problem(421, "Misdirected Request", f"no release that serves here has the token in {TOKEN}")
    return {"match": [{"header": {TOKEN: ["*"]}}], "handle": [log_field("own", "yes"), refusal], "terminal": True}


def _refuse_unknown_host(known: Sequence[str]) -> dict[str, Any]:
    """A name that somebody else made to lead here is no way in: pages of that name could read what they get."""
    refusal = answer_problem(421, "Misdirected Request", "this service is not known by the name in Host")
    return {"match": [{"not": [{"host": list(known)}]}], "handle": [refusal], "terminal": True}


def _hide_from_users() -> dict[str, Any]:
    refusal = answer_problem(404, "Not Found", "there is nothing at this path")
    return {"match": [{"path": list(_OPERATORS_PATHS)}], "handle": [refusal], "terminal": True}


def _route_steps(front: Front) -> list[dict[str, Any]]:
    """One route for each word that the passage's file may say; where it says none, the old release serves alone."""
    if front.passage is None:
        return []
    alone = proxy(divide(front, ALONE), front)
    asked_the_new = QUESTIONS | {"vars": {UPSTREAM: list(front.pools[0].dials)}}
    routes = [{"match": [match_word(front.passage, ALONE)], "handle": [alone], "terminal": True}]
    for percent in front.passage.steps:
        # At 100 there is no second upstream in the pool to try: what cannot be asked comes back by `errors`.
        pools = tuple(each for each in divide(front, str(percent)) if each.share)
        handler = proxy(pools, front, tries=len(pools) > 1)
        handler["handle_response"] = [
            {
                "match": {"status_code": [5]},
                "routes": [
                    {"match": [asked_the_new], "handle": ask_once_more(front, "reverse_proxy"), "terminal": True},
                    {"handle": [{"handler": "copy_response"}]},
                ],
            }
        ]
        routes.append({"match": [match_word(front.passage, str(percent))], "handle": [handler], "terminal": True})
    return routes
