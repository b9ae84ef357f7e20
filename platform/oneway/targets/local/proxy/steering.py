"""New connections go to the newest configuration, where Linux lets one say so.

Two configurations of Caddy that overlap listen on a port with a socket each, and the kernel spreads new connections
over them. When the older one closes, connections that were given to it and that it has not accepted yet are lost:
seldom on an idle machine, at every fifth load on a busy one. A filter on the group of sockets gives all new
connections to the second, which is the newer one; where there is only one, the kernel takes that.
"""

import ctypes
import socket
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

_SO_ATTACH_REUSEPORT_CBPF: Final = 51
_RETURN: Final = 0x06
_THE_SECOND: Final = 1


@contextmanager
def steering(ports: Iterable[int], served: Iterable[int]) -> Iterator[None]:
    """While inside, a configuration may be loaded that listens on those ports; from then on its new ones are steered.

    A filter is set by a socket of the group. On a port that nobody serves yet one is kept until Caddy's has come; on
    one that is served it is gone again at once.
    """
    held: list[socket.socket] = []
    for port in sorted(ports) if sys.platform == "linux" else ():
        member = _member(port)
        if member is not None and port in served:
            member.close()
        elif member is not None:
            held.append(member)
    try:
        yield
    finally:
        for member in held:
            member.close()


def _member(port: int) -> socket.socket | None:
    """A socket in the port's group, with the filter set; None where another program has the port."""
    member = socket.socket()
    with suppress(OSError):
        member.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        member.bind(("127.0.0.1", port))
        filter_ = ctypes.create_string_buffer(struct.pack("HBBI", _RETURN, 0, 0, _THE_SECOND), 8)
        program = struct.pack("@HP", 1, ctypes.addressof(filter_))
        member.listen()
        member.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_REUSEPORT_CBPF, program)
        return member
    member.close()
    return None
