"""A configuration of Caddy that is made already: what it serves, and the same with a difference."""

from pathlib import Path
from typing import Any

from .caddyfile import passing_socket
from .log_settings import log_name


def read_ports(tree: dict[str, Any]) -> dict[str, int]:
    """Server -> its stable port."""
    return {name: int(server["listen"][0].rpartition(":")[2]) for name, server in _servers(tree).items()}


def read_passing_sockets(tree: dict[str, Any]) -> list[Path]:
    """The sockets that only this configuration listens on: once they are there, it serves."""
    return [Path(server["listen"][1].removeprefix("unix/")) for server in _servers(tree).values()]


def replace_service(tree: dict[str, Any], coming: dict[str, Any], service: str) -> dict[str, Any]:
    """`coming`, which has this service alone or nothing, with every other service as `tree` has it."""
    log = log_name(service)
    others = {name: each for name, each in _servers(tree).items() if each["logs"]["default_logger_name"] != log}
    logs = {name: each for name, each in tree["logging"]["logs"].items() if name != log}
    http = coming["apps"]["http"]
    return {
        **coming,
        "logging": {"logs": logs | coming["logging"]["logs"]},
        "apps": {"http": {**http, "servers": others | http["servers"]}},
    }


def renumber(tree: dict[str, Any], generation: int, runtime: Path) -> dict[str, Any]:
    """The same as another generation: every server has a new passing socket."""
    servers = {
        name: {**each, "listen": [each["listen"][0], f"unix/{passing_socket(runtime, generation, name)}"]}
        for name, each in _servers(tree).items()
    }
    return {**tree, "apps": {"http": {**tree["apps"]["http"], "servers": servers}}}


def choose_generation(runtime: Path, least: int) -> int:
    """The first generation from `least` on after those of all passing sockets, also of a Caddy that was killed."""
    numbers = (path.name.split("-")[1] for path in runtime.glob("c-*-*.sock"))
    return max([least, *(int(each) + 1 for each in numbers if each.isdigit())])


def _servers(tree: dict[str, Any]) -> dict[str, Any]:
    servers: dict[str, Any] = tree["apps"]["http"]["servers"]
    return servers
