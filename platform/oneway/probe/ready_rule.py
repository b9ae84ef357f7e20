"""The rule of readiness, the kubelet's: 200 to 399 is good; a redirect that stays with whoever answered is followed."""

from dataclasses import replace
from typing import Final
from urllib.parse import urljoin, urlsplit

from .answer import Answer, NoAnswer, Outgoing, Send

_MOST_REDIRECTS: Final = 10


def as_readiness(send: Send) -> Send:
    """The same way, for paths that say whether a service is ready: whatever is good by the rule comes as a 200."""

    def ask(outgoing: Outgoing) -> Answer:
        spent, here = 0.0, outgoing
        for _ in range(_MOST_REDIRECTS):
            answer = send(here)
            spent += answer.seconds
            onward = _same_place(here.path, answer)
            if onward is None:
                return replace(answer, status=200 if 200 <= answer.status < 400 else answer.status, seconds=spent)
            if spent >= outgoing.timeout:
                raise NoAnswer(f"no answer within {outgoing.timeout:g} s")
            here = replace(outgoing, path=onward, timeout=outgoing.timeout - spent)
        raise NoAnswer(f"{outgoing.path} redirects more than {_MOST_REDIRECTS} times")

    return ask


def _same_place(path: str, answer: Answer) -> str | None:
    """The path that the answer redirects to; None where it does not, or leads elsewhere."""
    location = answer.headers.get("location", ("",))[0]
    if not 300 <= answer.status < 400 or not location:
        return None
    if answer.origin and location.startswith((f"{answer.origin}/", f"{answer.origin}?")):
        location = location.removeprefix(answer.origin)
    try:
        parts = urlsplit(urljoin(path, location))
    except ValueError:
        return None
    if parts.scheme or parts.netloc:
        return None
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
