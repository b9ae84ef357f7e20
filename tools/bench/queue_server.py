"""A server whose capacity is known: `workers` at a time, each request taking `seconds`, the others waiting in line.

python -m tools.bench.queue_server --port 0 --workers 4 --seconds 0.05 [--slower 0.01]

With `--slower` each request that is under way makes the next one slower by that share. It prints its port; /readyz is
answered at once.
"""

import argparse
import asyncio
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\ndone"


@dataclass(slots=True)
class Line:
    """So many workers, and who waits for them."""

    workers: int
    seconds: float
    slower: float = 0.0
    present: int = 0
    _free: list[float] = field(default_factory=list)

    async def serve(self) -> None:
        """Be served by the worker that is free first, for as long as that takes by the clock."""
        clock = asyncio.get_running_loop().time
        self._free = self._free or [0.0] * self.workers
        self.present += 1
        at = min(range(self.workers), key=self._free.__getitem__)
        self._free[at] = max(clock(), self._free[at]) + self.seconds * (1 + self.slower * (self.present - 1))
        try:
            await asyncio.sleep(self._free[at] - clock())
        finally:
            self.present -= 1


async def serve(port: int, line: Line) -> None:
    """Serve until somebody ends it."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                if b" /readyz " not in head:
                    await line.serve()
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", port)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the options and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "0")))
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--slower", type=float, default=0.0)
    options = parser.parse_args(arguments)
    asyncio.run(serve(options.port, Line(options.workers, options.seconds, options.slower)))


if __name__ == "__main__":
    main()
