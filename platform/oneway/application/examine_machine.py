"""What this machine and this checkout have and lack, for which command, and what mends it."""

import shutil
import socket
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from .. import __version__
from ..errors import OnewayError
from ..workspace.engine import find_engine
from .extras import EXTRAS, install_command, missing_packages
from .open_environment import OpenEnvironment
from .service_status import look

_ENOUGH_BYTES: Final = 2 << 30
_LOOK_SECONDS: Final = 0.5


class Condition(StrEnum):
    """Good; or missing, which matters to whoever wants what it is for; or wrong, which matters now."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Examined:
    """One thing that was looked at. `serves` says what it is for, `mend` the command or the step that helps."""

    subject: str
    condition: Condition
    detail: str
    serves: str = ""
    mend: str = ""


def examine_machine() -> Iterator[Examined]:
    """What commands need beside Oneway itself."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield Examined("oneway", Condition.GOOD, f"{__version__} on Python {version}")
    yield _program("git", "check --base, render-graph --diff, builds of what git tracks", "install git")
    yield _program("dot", "faster and larger pictures; without it the wheel's Graphviz draws", "install graphviz")
    engine = find_engine()
    if engine is None:
        advice = "install podman, buildah, or docker with its daemon"
        yield Examined("container engine", Condition.MISSING, "none works here", "build", advice)
    else:
        yield Examined("container engine", Condition.GOOD, engine.name, "build")
    for extra, serves in EXTRAS.items():
        missing = missing_packages(extra)
        if missing:
            yield Examined(
                extra, Condition.MISSING, f"without {', '.join(missing)}", serves, f"`{install_command(extra)}`"
            )
        else:
            yield Examined(extra, Condition.GOOD, "installed", serves)


def examine_environment(opened: OpenEnvironment) -> Iterator[Examined]:
    """What the environment's target says, what was left behind, and which declared ports are another's."""
    status = look(opened)
    for fault in status.faults:
        yield Examined(fault.service or opened.site.name, Condition.WRONG, fault.text, "status", "`platform up`")
    for each in status.services:
        if each.cut_off is not None:
            detail = f"release {each.cut_off.number} was cut off while {each.cut_off.state}"
            yield Examined(each.service, Condition.WRONG, detail, "deploy", f"`platform up {each.service}`")
        if each.release is not None and not each.declared:
            detail = "runs, and no manifest declares it any more"
            yield Examined(each.service, Condition.WRONG, detail, "status", f"`platform stop {each.service}`")
    if opened.system.settings.target == "local":
        yield from _disk(opened)
        yield from _ports(opened)


def _program(name: str, serves: str, mend: str) -> Examined:
    path = shutil.which(name)
    if path is None:
        return Examined(name, Condition.MISSING, "not on PATH", serves, mend)
    return Examined(name, Condition.GOOD, path, serves)


def _disk(opened: OpenEnvironment) -> Iterator[Examined]:
    free = shutil.disk_usage(opened.reading.workspace.root).free
    enough = free >= _ENOUGH_BYTES
    detail = f"{free / (1 << 30):.1f} GB free"
    mend = "" if enough else "free some space: builds and their packages need it"
    yield Examined("disk", Condition.GOOD if enough else Condition.WRONG, detail, "deploy", mend)


def _ports(opened: OpenEnvironment) -> Iterator[Examined]:
    """The declared ports: who answers there, of ours or not."""
    ours = {name: _addresses(opened, name) for name in opened.system.services}
    for service in opened.system.services.values():
        for endpoint in service.endpoints:
            others = [name for name, found in ours.items() if name != service.name and _is_at(endpoint.port, found)]
            yield _port(service.name, endpoint.port, _is_at(endpoint.port, ours[service.name]), others)


def _port(service: str, port: int, serves: bool, others: list[str]) -> Examined:
    subject = f"port {port}"
    if serves:
        return Examined(subject, Condition.GOOD, f"{service} answers there", service)
    if others:
        detail = f"{others[0]} answers there, which declares it as well; {service} gets another port"
        return Examined(subject, Condition.GOOD, detail, service)
    if _listens(port):
        detail = f"another program listens there; {service} will get another port"
        mend = f"`lsof -i :{port}` tells which; end it, and deploy again"
        return Examined(subject, Condition.WRONG, detail, service, mend)
    return Examined(subject, Condition.GOOD, "free", service)


def _addresses(opened: OpenEnvironment, service: str) -> Collection[str]:
    try:
        return opened.site.addresses(service).values()
    except OnewayError:
        return ()


def _is_at(port: int, addresses: Collection[str]) -> bool:
    return any(address.endswith(f":{port}") for address in addresses)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(_LOOK_SECONDS)
        return probe.connect_ex(("127.0.0.1", port)) == 0
