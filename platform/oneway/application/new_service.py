"""The files of a new service, as values: a manifest, and a FastAPI application that passes its own checks and tests."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..model import PLATFORM_FILE, Call, Duration, Service, System
from .find_servicekit import Servicekit

_TEMPLATES: Final = Path(__file__).parent / "templates" / "service"
_FIRST_PORT: Final = 8080
_ROOM: Final = 0.25
"""Seconds that a call gets beyond what its callee's own calls may take."""
_LONGEST_NAME: Final = 30
_PLAIN: Final = re.compile(r"/[A-Za-z0-9._~/?&=,:@+%-]{0,49}", re.ASCII)
"""A path that is written into code and JSON as it is, on one line, and has no placeholder to fill."""


@dataclass(frozen=True, slots=True)
class NewService:
    """What somebody wants a new service to be."""

    name: str
    owner: str
    domain: str
    summary: str
    calls: tuple[str, ...] = ()
    port: int | None = None


def new_files(wanted: NewService, system: System, folder: str, servicekit: Servicekit) -> dict[str, str]:
    """File name, relative to the root, → content; `folder` is where manifests are.

    What servicekit needs is all that the new service needs.
    """
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    calls = [_call(system, name) for name in wanted.calls]
    package = wanted.name.replace("-", "_") + "_service"
    words = {
        "name": wanted.name,
        "owner": wanted.owner,
        "domain": wanted.domain,
        "summary": wanted.summary,
        "quoted": json.dumps(wanted.summary, ensure_ascii=False),
        "docstring": wanted.summary.replace("\\", "\\\\").replace('"', '\\"'),
        "package": package,
        "port": wanted.port or free_port(system),
        "calls": calls,
        "asked": [call for call in calls if call["path"]],
        "servicekit": servicekit.folder,
        "pinned": servicekit.pinned,
        "platform": "my-platform",
        "manifest": f"{folder}/{wanted.name}.yaml".removeprefix("/"),
    }
    templates = Environment(
        loader=FileSystemLoader(_TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False
    )
    home = f"services/{wanted.name}"
    files = {
        words["manifest"]: "manifest.yaml.j2",
        f"{home}/{package}/app.py": "app.py.j2",
        f"{home}/openapi.json": "openapi.json.j2",
        f"{home}/tests/test_{words['package']}.py": "test.py.j2",
        f"{home}/README.md": "README.md.j2",
    }
    if not system.platform_known:
        files[f"{folder}/{PLATFORM_FILE}".removeprefix("/")] = "platform.yaml.j2"
    written = {str(name): templates.get_template(template).render(words) for name, template in files.items()}
    return written | {
        f"{home}/{package}/__init__.py": f'"""{words["docstring"]}"""\n',
        f"{home}/requirements.in": servicekit.wanted,
        f"{home}/requirements.txt": servicekit.locked,
    }


def free_port(system: System) -> int:
    """The first port from 8080 on that no service declares."""
    taken = {endpoint.port for service in system.services.values() for endpoint in service.endpoints}
    return next(port for port in range(_FIRST_PORT, 65536) if port not in taken)


def _call(system: System, callee: str) -> dict[str, str]:
    """What the templates say about one call; `path` is empty where the generated code cannot ask the callee."""
    service = system.services[callee]
    endpoint = service.endpoint()
    return {
        "to": callee,
        "handler": f"from_{callee.replace('-', '_')}",
        "operation": "from" + "".join(word.capitalize() for word in callee.split("-")),
        "protocol": endpoint.protocol if endpoint else "http",
        "path": _known_path(service) if len(callee) <= _LONGEST_NAME else "",
        "timeout": str(_timeout(system, callee)),
    }


def _known_path(callee: Service) -> str:
    """The first path that a smoke check of the callee GETs, with nothing but the path, where callers reach it."""
    reached = callee.endpoint()
    if reached is None or reached.protocol != "http":
        return ""
    paths = (
        check.request.path
        for check in callee.checks
        if check.request.method == "GET"
        and callee.endpoint(check.request.endpoint) == reached
        and not check.request.headers
        and check.expect.status < 300
    )
    return next((path for path in paths if _PLAIN.fullmatch(path)), "")


def _timeout(system: System, callee: str) -> Duration:
    """Time enough for what the callee's own calls may take."""
    from ..rules.chain import along, milliseconds

    return milliseconds(max(1.0, along(system.services[callee].calls, _longest) + _ROOM))


def _longest(call: Call) -> float:
    return call.per_request * call.timeout * (call.retries + 1)
