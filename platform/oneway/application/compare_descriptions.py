"""The descriptions of APIs as they were at a revision, held against those of now."""

import posixpath
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import Any

from ..contracts import Break, breaks_between, read_description
from ..model import Service, System
from ..workspace import Workspace

Breaks = dict[tuple[str, str], tuple[Break, ...]]


def breaks_since(
    workspace: Workspace, revision: str, before: System, now: Mapping[str, Service], changed: Collection[str]
) -> Breaks:
    """What breaks, by service and endpoint; a description that cannot be read any more is a break that may be none."""
    found: Breaks = {}
    for name, service in now.items():
        earlier = before.services.get(name)
        for endpoint in earlier.endpoints if earlier else ():
            same = service.endpoint(endpoint.name)
            if endpoint.openapi is None or same is None:
                continue
            if endpoint.openapi == same.openapi and posixpath.normpath(endpoint.openapi) not in changed:
                continue
            old = _document(endpoint.openapi, partial(workspace.content_at, revision))
            new = _document(same.openapi, workspace.content)
            if not isinstance(old, str):
                unknown = (Break("openapi", f"{new}: what became of the old one is not known", sure=False),)
                found[name, endpoint.name] = unknown if isinstance(new, str) else breaks_between(old, new)
    return found


def _document(path: str | None, read_file: Callable[[str], bytes]) -> Any:
    """The document, or in one line why there is none."""
    if path is None:
        return "there is no description any more"
    try:
        document = read_description(path, read_file)
    except (OSError, ValueError) as error:
        return f"{path} cannot be read ({getattr(error, 'strerror', None) or error})"
    return document if isinstance(document, dict) else f"{path} is no description of an API"
