"""Requests at fixed times, whatever is answered, from a process of their own: `python -m tools.bench.open_loop`.

What sends must not be what is late: it runs before everything else where it may (`nice`), and how late it was itself,
in sending and in seeing what had come, stands beside the figures of the server.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 60.0
_LOOK: Final = 0.005
_BEFORE_OTHERS: Final = -10


@dataclass(slots=True)
class Sent:
    """Seconds of each answer by its status, how many had none, and by how much the generator itself was late."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    lost: int = 0
    late: list[float] = field(default_factory=list)

    def of(self, *statuses: int) -> list[float]:
        """The times of the answers with these statuses, in order."""
        return sorted(each for status in statuses for each in self.seconds.get(str(status), []))

    @property
    def count(self) -> int:
        """How many were answered."""
        return sum(len(each) for each in self.seconds.values())


def send(port: int, picture: Path, rate: float, seconds: float) -> Sent:
    """From another process, so that neither this one nor its threads are in the way."""
    words = [str(port), str(picture), str(rate), str(seconds)]
    command = [sys.executable, "-m", "tools.bench.open_loop", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True, timeout=seconds + PATIENCE)
    return Sent(**json.loads(done.stdout))


def main() -> None:
    """Send, and print what came of it as JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("port", type=int)
    parser.add_argument("picture", type=Path)
    parser.add_argument("rate", type=float)
    parser.add_argument("seconds", type=float)
    given = parser.parse_args()
    with contextlib.suppress(PermissionError):
        os.nice(_BEFORE_OTHERS)
    sent = asyncio.run(_send_all(given.port, given.picture.read_bytes(), given.rate, given.seconds))
    print(json.dumps(asdict(sent)))


async def _send_all(port: int, picture: bytes, rate: float, seconds: float) -> Sent:
    head = b"POST /v1/captions HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nConnection: close\r\n"
    request = head + b"Content-Length: %d\r\n\r\n" % len(picture) + picture
    sent, first = Sent(), time.perf_counter() + 0.1
    looking = asyncio.create_task(_look(sent))
    await asyncio.gather(*(_send_one(sent, port, request, first + at / rate) for at in range(int(rate * seconds))))
    looking.cancel()
    return sent


async def _send_one(sent: Sent, port: int, request: bytes, due: float) -> None:
    await asyncio.sleep(due - time.perf_counter())
    began = time.perf_counter()
    sent.late.append(began - due)
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(request)
            status = (await reader.readuntil(b"\r\n")).split()[1].decode()
            await reader.read()
    except (OSError, EOFError, TimeoutError):
        sent.lost += 1
        return
    sent.seconds.setdefault(status, []).append(time.perf_counter() - began)
    writer.close()


async def _look(sent: Sent) -> None:
    """How late this loop sees what has come."""
    while True:
        due = time.perf_counter() + _LOOK
        await asyncio.sleep(_LOOK)
        sent.late.append(time.perf_counter() - due)


if __name__ == "__main__":
    main()
