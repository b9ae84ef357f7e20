"""The smallest service that a target can run: no packages, starts at once. MODE in its environment says how it behaves.

/ answers its version, /call what the service that it calls answers, /readyz whether it is ready, /slow after a while,
/hang never, /endless events for ever, /socket echoes what comes on an upgraded connection, /hoard after having held
256 MiB more for three seconds, /shout after a megabyte of log.
"""

import asyncio
import json
import os
import signal
import sys
import urllib.request

MODE = os.environ.get("MODE", "good")
VERSION = os.environ.get("ONEWAY_VERSION", "")
LARGEST = 1 << 16
READY = {"never ready": (503, "never"), "ready elsewhere": (302, "/livez"), "ready nowhere": (302, "/nowhere")}


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            path = head.split(" ")[1].partition("?")[0]
            if path == "/endless":
                await stream(writer)
            if path == "/socket":
                return await converse(reader, writer)
            status, body = await respond(path)
            location = f"Location: {body}\r\n" if status == 302 else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{location}Content-Length: {len(body)}\r\n\r\n{body}".encode())
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError, IndexError):
        pass
    finally:
        writer.close()


async def stream(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")
    while True:
        writer.write(b"data: tick\n\n")
        await writer.drain()
        await asyncio.sleep(0.05)


async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """An upgraded connection: every line comes back with the version."""
    writer.write(b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
    while line := await reader.readline():
        writer.write(f"{VERSION} ".encode() + line)
        await writer.drain()


async def respond(path: str) -> tuple[int, str]:
    if path == "/readyz":
        return READY.get(MODE, (200, "ready"))
    if path == "/nowhere":
        return 404, "never there"
    if path == "/hang":
        await asyncio.Event().wait()
    if path == "/slow":
        await asyncio.sleep(1.0)
    if path == "/instance":
        return 200, os.environ["ONEWAY_INSTANCE"]
    if path == "/secret":
        return 200, os.environ.get("TOKEN", "")
    if path == "/hoard":
        return await hoard()
    if path == "/shout":
        print(("-" * 1023 + "\n") * 1024, end="", flush=True)
    if path == "/call":
        return await asyncio.to_thread(call)
    return (500, "wrong") if MODE == "wrong" else (200, VERSION)


async def hoard() -> tuple[int, str]:
    held = b"x" * (1 << 28)
    await asyncio.sleep(3)
    return 200, f"{len(held)} bytes"


def call() -> tuple[int, str]:
    (callee,) = json.loads(os.environ["ONEWAY_CALLS"]).values()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{callee['url']}/", timeout=5) as response:
        return response.status, response.read().decode()


async def main() -> None:
    print(f"starting {VERSION} as {MODE}", flush=True)
    if os.environ.get("TOKEN"):
        print(f"the token is {os.environ['TOKEN']}", flush=True)
    if MODE == "crashes":
        print("no such table: users", flush=True)
        sys.exit(3)
    server = await asyncio.start_server(answer, "127.0.0.1", int(os.environ["PORT"]), limit=LARGEST)
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    await stopping.wait()
    server.close()
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    asyncio.run(main())
