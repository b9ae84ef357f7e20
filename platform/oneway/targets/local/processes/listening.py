"""Where the processes of a replica listen, as far as the system tells."""

import os
import re
import socket
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

_LISTENING: Final = "0A"
_SOCKET: Final = re.compile(r"socket:\[([0-9]+)\]")


def where_they_listen(pids: Iterable[int]) -> list[str]:
    """Addresses as in `[::1]:8416`, sorted; nothing where the system does not tell."""
    inodes = {inode for pid in pids for inode in _sockets(pid)}
    found = {
        address
        for table, version in (("tcp", socket.AF_INET), ("tcp6", socket.AF_INET6))
        for inode, address in _listening(table, version)
        if inode in inodes
    }
    return sorted(found)


def _sockets(pid: int) -> list[str]:
    with suppress(OSError):
        links = [os.readlink(each) for each in Path(f"/proc/{pid}/fd").iterdir()]
        return [found[1] for link in links if (found := _SOCKET.fullmatch(link))]
    return []


def _listening(table: str, version: socket.AddressFamily) -> Iterable[tuple[str, str]]:
    try:
        lines = Path(f"/proc/net/{table}").read_text(encoding="ascii").splitlines()[1:]
    except OSError:
        return
    for line in lines:
        fields = line.split()
        if len(fields) > 9 and fields[3] == _LISTENING:
            host, _, port = fields[1].partition(":")
            yield fields[9], f"{_host(host, version)}:{int(port, 16)}"


def _host(text: str, version: socket.AddressFamily) -> str:
    """The kernel writes an address as 32-bit words in the byte order of the machine."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    shown = socket.inet_ntop(version, struct.pack(f"={len(words)}I", *words))
    return f"[{shown}]" if version == socket.AF_INET6 else shown
