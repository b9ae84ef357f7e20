"""What is not HTTP: whether a port takes connections, what a name stands for. Each has one deadline for everything."""

import asyncio
import json
import socket
import ssl
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .answer import Answer, Kind, NoAnswer, Outgoing
from .names import Resolver

if TYPE_CHECKING:
    from .http import Address


async def ask_other_kind(outgoing: Outgoing, address: "Address") -> Answer:
    """Ask the address. Raises NoAnswer."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    try:
        async with asyncio.timeout(outgoing.timeout):
            status, body = await _asked(outgoing, address)
    except TimeoutError:
        raise NoAnswer(f"no answer came within {outgoing.timeout:g} s") from None
    return Answer(status, {}, json.dumps(body).encode(), loop.time() - started)


async def certificate_end(base_url: str, seconds: float) -> float | None:
    """When the certificate at the address ends, in seconds since the epoch. Raises NoAnswer."""
    try:
        async with asyncio.timeout(seconds):
            _, writer = await connect(base_url, None, "http/1.1")
    except TimeoutError:
        raise NoAnswer(f"no certificate came within {seconds:g} s") from None
    said = writer.get_extra_info("ssl_object").getpeercert()
    writer.transport.abort()
    return ssl.cert_time_to_seconds(str(said["notAfter"])) if said else None


async def _asked(outgoing: Outgoing, address: "Address") -> tuple[int, dict[str, object]]:
    if outgoing.kind is Kind.DNS:
        return 200, {"addresses": await _addresses(outgoing.path)}
    if outgoing.kind is Kind.GRPC:
        from .grpc_health import serving_status

        streams = await connect(address.base_url, address.socket)
        status = await serving_status(streams, outgoing.path, address.base_url, address.headers)
        return (200 if status == "SERVING" else 503), {"status": status}
    _, writer = await connect(address.base_url, address.socket)
    writer.close()
    return 200, {"connected": True}


async def connect(
    base_url: str, path: str | None, protocol: str = "h2"
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """An open connection, with TLS where the address says so. NoAnswer says why there is none."""
    from .http import fault_words

    parts = urlsplit(base_url)
    secure = parts.scheme in ("https", "grpcs")
    try:
        if path is not None:
            return await asyncio.open_unix_connection(path)
        host, port = parts.hostname or "", parts.port or (443 if secure else 80)
        if not secure:
            return await asyncio.open_connection((await _addresses(host))[0], port)
        context = ssl.create_default_context()
        context.set_alpn_protocols([protocol])
        address = (await _addresses(host))[0]
        return await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
    except (OSError, ssl.SSLError) as error:
        raise NoAnswer(fault_words(error)) from None


async def _addresses(host: str) -> list[str]:
    try:
        return list(dict.fromkeys(each["host"] for each in await Resolver().resolve(host, 0, socket.AF_UNSPEC)))
    except OSError:
        raise NoAnswer(f"the name {host} cannot be resolved") from None
