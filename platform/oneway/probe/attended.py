"""Wait for an answer with one ear open: for a stop that somebody asks for, for a budget that runs out."""

import threading
import time
from collections.abc import Callable
from typing import Final

from .answer import Answer, NoAnswer, Outgoing, Send

_LOOK_SECONDS: Final = 0.1
_SLACK_SECONDS: Final = 0.5


def attended(send: Send, attend: Callable[[], None]) -> Send:
    """The same way to send, while `attend` is called again and again; what it raises ends the waiting at once, and so
    does the end of the request's time, whatever the sender does. What was sent is left to itself then."""

    def ask(outgoing: Outgoing) -> Answer:
        ended: list[Answer | BaseException] = []

        def work() -> None:
            try:
                ended.append(send(outgoing))
            except BaseException as error:
                ended.append(error)

        worker = threading.Thread(target=work, daemon=True)
        worker.start()
        until = time.monotonic() + outgoing.timeout + _SLACK_SECONDS
        worker.join(_LOOK_SECONDS)
        while not ended and time.monotonic() < until:
            attend()
            worker.join(_LOOK_SECONDS)
        if not ended:
            raise NoAnswer(f"no answer within {outgoing.timeout:g} s")
        if isinstance(ended[0], BaseException):
            raise ended[0]
        return ended[0]

    return ask
