"""One check's way through the redirects that it follows, with one deadline for all of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from ..model import Check
from .answer import Answer, Kind, NoAnswer, Outgoing, Send
from .cookies import cookies_of, cookies_set
from .http import http_sender
from .match import Unusable

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_AS_IT_WAS: Final = frozenset({307, 308})
_OWN: Final = frozenset({"authorization", "cookie"})
_SCHEMES: Final = {Kind.HTTP: ("http", "https"), Kind.TCP: ("tcp", "http", "https"), Kind.GRPC: ("grpc", "grpcs")}


@dataclass(frozen=True, slots=True)
class Trip:
    """What is to be sent next and by which way; at the end the last answer, with the time that all of them took, and
    the cookies that were set on the way."""

    outgoing: Outgoing
    send: Send
    left: int
    with_cookies: bool = False
    seconds: float = 0.0
    answer: Answer | None = None
    ended: bool = False
    cookies: Mapping[str, str] = field(default_factory=dict)

    def heard(self, answer: Answer) -> "Trip":
        """The trip after this answer."""
        seconds = self.seconds + answer.seconds
        set_now = {**self.cookies, **cookies_set(answer.headers)} if self.with_cookies else {}
        so_far = replace(self, answer=replace(answer, seconds=seconds), seconds=seconds, cookies=set_now)
        locations = answer.headers.get("location", ())
        if answer.status not in _REDIRECTS or not locations or not self.left:
            return replace(so_far, ended=True)
        return so_far._onward(answer, locations[0])

    def _onward(self, answer: Answer, location: str) -> "Trip":
        """To where the answer sends: the same place, or another, which gets neither cookie nor credential."""
        try:
            before = answer.origin if "://" in answer.origin else f"http://service{answer.origin}"
            url = urlsplit(urljoin(before + self.outgoing.path, location))
            origin = f"{url.scheme}://{url.netloc}"
        except ValueError:
            raise NoAnswer("it redirects to what is no address") from None
        if url.scheme not in ("http", "https"):
            raise NoAnswer("it redirects to what is no web address")
        here = not urlsplit(location).netloc or origin == answer.origin
        again = self.outgoing.method if answer.status in _AS_IT_WAS else "GET"
        kept = {name: value for name, value in self.outgoing.headers.items() if here or name.lower() not in _OWN}
        if here and (cookies := cookies_of(self.cookies)):
            kept["Cookie"] = "; ".join(filter(None, (kept.get("Cookie"), cookies)))
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        if here and answer.origin:
            path = path.removeprefix(urlsplit(answer.origin).path)
        outgoing = replace(
            self.outgoing,
            path=path,
            method=again,
            headers=kept,
            body=self.outgoing.body if again == self.outgoing.method and answer.status in _AS_IT_WAS else None,
            timeout=max(0.001, self.outgoing.timeout - answer.seconds),
        )
        return replace(self, outgoing=outgoing, send=self.send if here else http_sender(origin), left=self.left - 1)


def begin(check: Check, send: Send, outgoing: Outgoing) -> Trip:
    """The trip of a check. Unusable where its address does not fit what it asks."""
    request = check.request
    if request.base is not None:
        scheme = request.base.partition("://")[0]
        if scheme not in _SCHEMES.get(outgoing.kind, (scheme,)):
            raise Unusable(f"{outgoing.kind} is not asked at {scheme}://")
        send = http_sender(request.base)
    return Trip(outgoing, send, request.redirects, request.cookies)
