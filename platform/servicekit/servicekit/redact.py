"""Nothing that a caller sent may stand in a log: not in an error's text, and not in a traceback."""

from urllib.parse import parse_qsl

from starlette.types import Scope

HARMLESS = frozenset(
    b"accept accept-encoding accept-language connection content-length content-type expect host te transfer-encoding "
    b"user-agent x-request-deadline-ms x-request-id".split()
)
_SHORTEST = 3
_GONE = "[redacted]"


def redact(text: str, scope: Scope) -> str:
    """The text without what this request's headers, query and path values hold."""
    for value in sorted(_sent(scope), key=len, reverse=True):
        text = text.replace(value, _GONE)
    return text


def _sent(scope: Scope) -> set[str]:
    query = scope.get("query_string", b"").decode("latin-1")
    headers = [value.decode("latin-1") for name, value in scope["headers"] if name.lower() not in HARMLESS]
    values = [
        query,
        *query.split("&"),
        *(part for pair in parse_qsl(query, keep_blank_values=True) for part in pair[1:]),
    ]
    values += headers + [word for value in headers for word in value.replace(";", " ").replace(",", " ").split()]
    values += [value.partition("=")[2] for value in values]
    values += [str(value) for value in scope.get("path_params", {}).values()]
    return {each for value in values for each in (value, repr(value)[1:-1]) if len(each) >= _SHORTEST}
