"""A bound on what a request may send, whether it announces its size or comes in chunks."""

from starlette.types import Message, Receive

from servicekit.problem import Problem


class BoundedBody:
    """Stands between the server and the application as `receive`; raises Problem 413 past the limit.

    `announced` is the Content-Length, empty without one; `complete` says whether all of the body has been read.
    """

    __slots__ = ("_announced", "_limit", "_receive", "_received", "complete")

    def __init__(self, receive: Receive, announced: str, chunked: bool, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._received = 0
        self._announced = announced
        self.complete = not chunked and not announced.strip("0")

    def check_announced(self) -> None:
        """Refuse by Content-Length before a byte of the body is read."""
        if self._announced.isascii() and self._announced.isdigit() and int(self._announced) > self._limit:
            raise self._too_large()

    async def __call__(self) -> Message:
        message = await self._receive()
        if message["type"] == "http.request":
            self._received += len(message.get("body", b""))
            self.complete = not message.get("more_body", False)
            if self._received > self._limit:
                raise self._too_large()
        return message

    def _too_large(self) -> Problem:
        return Problem(
            413,
            f"the body is larger than the {self._limit:,} bytes that are accepted here; send a smaller one",
            members={"limit_bytes": self._limit},
        )
