"""The architecture as a site: the picture to click through, and a page for each service."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from ..contracts import read_description
from ..deploy import live
from ..errors import OnewayError
from ..render import View, seen
from ..render.html import FOLDER, Known, html, service_pages
from ..store import Records, Release
from .draw_picture import picture_with_findings
from .layout_engine import LayoutChoice, layout_engines
from .read_manifests import Reading
from .sight_calls import NOTHING, Evidence, with_sightings

_SHOWN: Final = 20


def draw_site(
    reading: Reading,
    view: View,
    layout: LayoutChoice,
    revision: str | None,
    records: Records | None,
    evidence: Evidence = NOTHING,
) -> dict[str, bytes]:
    """File name -> content, `index.html` first. Releases are told where `records` are at hand."""
    whole = picture_with_findings(reading, revision)
    whole = with_sightings(whole, reading, evidence) if evidence else whole
    engine = layout_engines(layout)[0].run
    pages = service_pages(whole, reading.system, _known(reading, records), engine)
    files = {"index.html": html(seen(whole, view, "html"), engine, FOLDER).encode()}
    return files | {name: content.encode() for name, content in pages}


def write_site(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files below the folder. OnewayError where that cannot be done."""
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise OnewayError(
            f"{error.filename or folder} cannot be written: {error.strerror}", "name another folder"
        ) from None


def _known(reading: Reading, records: Records | None) -> Known:
    endpoints = [endpoint for service in reading.system.services.values() for endpoint in service.endpoints]
    paths = {str(endpoint.openapi) for endpoint in endpoints if endpoint.openapi}
    descriptions: dict[str, Any] = {}
    unread: dict[str, str] = {}
    for path in sorted(paths):
        try:
            descriptions[path] = read_description(path, reading.workspace.content)
        except (OSError, ValueError, RecursionError) as error:
            unread[path] = f"cannot be read: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
    return Known(descriptions, unread, None if records is None else _releases(records))


def _releases(records: Records) -> Mapping[str, tuple[tuple[str, ...], ...]] | None:
    """None where the records cannot be read: what is not known is not told as nothing."""
    try:
        return {service: _rows(records.releases(service)) for service in records.services()}
    except OnewayError:
        return None


def _rows(releases: tuple[Release, ...]) -> tuple[tuple[str, ...], ...]:
    current = live(releases)
    return tuple(_row(each, current is not None and each.number == current.number) for each in releases[:_SHOWN])


def _row(release: Release, is_live: bool) -> tuple[str, ...]:
    started = datetime.fromtimestamp(release.started, UTC).strftime("%Y-%m-%d %H:%M UTC")
    state = release.state.value if is_live or release.state.value != "live" else "replaced"
    return (str(release.number), release.version, started, state, release.author.split(" ")[0])
