"""HTTP over a Unix socket."""

import http.client
import socket
import time
from pathlib import Path
from typing import Final

from ....probe import Answer, NoAnswer, Outgoing

_MAX_BODY: Final = 8 << 20


class UnixConnection(http.client.HTTPConnection):
    """A connection to a socket in the file system."""

    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def unix_answer(path: Path, outgoing: Outgoing) -> Answer:
    """Send one request and take the whole answer. Raises NoAnswer."""
    connection = UnixConnection(path, outgoing.timeout)
    started = time.monotonic()
    try:
        connection.request(outgoing.method, outgoing.path, outgoing.body, dict(outgoing.headers))
        answer = connection.getresponse()
        body = answer.read(_MAX_BODY + 1)
        headers = {name.lower(): value for name, value in answer.getheaders()}
    except TimeoutError:
        raise NoAnswer(f"no answer within {outgoing.timeout:g} s") from None
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"no connection through Caddy: {error or type(error).__name__}") from None
    finally:
        connection.close()
    if len(body) > _MAX_BODY:
        raise NoAnswer(f"the body is larger than {_MAX_BODY >> 20} MiB")
    return Answer(answer.status, headers, body, time.monotonic() - started)
