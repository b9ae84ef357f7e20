"""What the front door does when a request fails on its way: who caused it, whom to ask instead, and what to answer."""

from typing import Any, Final

from ..state.ledger import ALONE, Front
from .handlers import REPEATABLE, TOKEN, UPSTREAM, answer_problem, log_field, proxy
from .routing import divide, match_word

_MESSAGE: Final = "{http.error.message}"
_STATUS: Final = "{http.error.status_code}"
_NEVER_SENT: Final[dict[str, Any]] = {"vars_regexp": {_MESSAGE: {"pattern": "^(dial |no upstreams)"}}}
# In Go's words, what is wrong with a request's body; of a broken answer they begin with "net/http: ".
_BODY_FAULTS: Final = (
    "unexpected EOF",
    "invalid byte in chunk length",
    "empty hex number for chunk length",
    "malformed chunked encoding",
    "http chunk length too large",
    "chunked encoding contains too much non-data",
    "header line too long",
    "malformed MIME header.*",
    "http: unexpected EOF reading trailer",
    "http: suspiciously long trailer after chunked body",
    "http: invalid .*",
)
_DETAILS: Final = {
    502: "the service gave no answer, or none that makes sense; the request may have been carried out",
    503: "the service cannot be asked at present; try again in a moment",
    504: "the service gave no answer in time; the request may have been carried out",
}


def handle_failures(front: Front) -> dict[str, Any]:
    """The routes that a request takes after it failed."""
    blamed = {
        "match": [_match_broken_body(front)],
        "handle": [log_field("caused", "caller"), _answer_bad_body()],
        "terminal": True,
    }
    return {"routes": [{"handle": [log_field("fault", _MESSAGE)]}, blamed, *_rescue(front), *_answer_failures()]}


def ask_once_more(front: Front, after: str) -> list[dict[str, Any]]:
    """Ask whoever serves but for the new release; the log tells of the failure of the first answer as well."""
    remembered = {"handler": "vars", "failed": UPSTREAM, "failed_status": f"{{http.{after}.status_code}}"}
    noted = [log_field(key, f"{{http.vars.{key}}}") for key in ("failed", "failed_status")]
    asking = {
        "handler": "subroute",
        "routes": [{"handle": [proxy(divide(front, ""), front)]}],
        "errors": {"routes": _answer_failures()},
    }
    return [remembered, *noted, log_field("upstream", UPSTREAM), asking]


def _match_broken_body(front: Front) -> dict[str, Any]:
    """Also where the connection broke from which it was read: the one to the stable port."""
    broken = rf"read tcp \S+:{front.port}->.*"
    return {"vars_regexp": {_MESSAGE: {"pattern": rf"^(readfrom \S+ \S+: )?({'|'.join((*_BODY_FAULTS, broken))})$"}}}


def _rescue(front: Front) -> list[dict[str, Any]]:
    """A question whose answer broke is asked once more. Until the new release is alone the old one is asked, also what
    the new one could not be sent, and where its traffic was stopped in that very moment. The rollout's own requests are
    left to fail."""
    own = {"header": {TOKEN: ["*"]}}
    users: dict[str, Any] = {
        "not": [own, match_word(front.passage, ALONE)] if front.passage else [own],
        # What Caddy itself refuses, such as a Host that is empty, never got as far as a release.
        "vars": {_STATUS: [str(number) for number in _DETAILS]},
    }
    match = [users | each for each in REPEATABLE] + ([users | _NEVER_SENT] if front.passage else [])
    return [{"match": match, "handle": ask_once_more(front, "error"), "terminal": True}]


def _answer_bad_body() -> dict[str, Any]:
    return answer_problem(400, "Bad Request", "the request's body is cut short, or is not what its headers announce")


def _answer_failures() -> list[dict[str, Any]]:
    """One route for each status, and one for all others."""
    routes = [
        {
            "match": [{"vars": {_STATUS: [str(number)]}}],
            "handle": [answer_problem(number, "{http.error.status_text}", detail)],
            "terminal": True,
        }
        for number, detail in _DETAILS.items()
    ]
    other = answer_problem(_STATUS, "{http.error.status_text}", "the front door could not hand this request on")
    return [*routes, {"handle": [other]}]
