"""The demo page, the page of the API and what belongs to them, in memory: what is not in the table is not served."""

import hashlib
import html
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from servicekit import Service

FOLDER = Path(__file__).resolve().parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".png": "image/png",
    ".svg": "image/svg+xml",
}
SECURITY = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}
PAGES = {"index.html": "/", "docs.html": "/docs"}


@dataclass(frozen=True, slots=True)
class Asset:
    content: bytes
    media_type: str
    tag: str


def add_page(service: Service, links: Mapping[str, str], folder: Path = FOLDER) -> None:
    """`links` are further ones of the page: what they are called, and where they lead."""
    assets = _assets(folder, links)

    async def get(request: Request) -> Response:
        asset = assets[request.url.path]
        headers = {"Cache-Control": "no-cache", "ETag": asset.tag}
        if asset.tag in request.headers.get("If-None-Match", ""):
            return Response(status_code=304, headers=headers)
        return Response(asset.content, headers=headers, media_type=asset.media_type)

    for path in sorted(assets):
        service.add_route(path, get, methods=["GET"], include_in_schema=False)


def _assets(folder: Path, links: Mapping[str, str]) -> dict[str, Asset]:
    """URL path -> content. index.html has a button for each sample picture, and the links."""
    files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    samples = sorted(name for name in files if name.startswith("samples/"))
    files["index.html"] = files["index.html"].replace(b"<!-- samples -->", _sample_buttons(samples).encode())
    files["index.html"] = files["index.html"].replace(b"<!-- links -->", _links(links).encode())
    return {PAGES.get(name, f"/static/{name}"): _asset(name, content) for name, content in files.items()}


def _links(links: Mapping[str, str]) -> str:
    return "\n".join(f'<a href="{html.escape(address)}">{html.escape(name)}</a> ·' for name, address in links.items())


def _sample_buttons(samples: list[str]) -> str:
    """Named as their files are: samples/1-cars-and-rabbit.jpg is "cars and rabbit"."""
    return "\n".join(_sample_button(f"/static/{html.escape(name)}", html.escape(_spoken(name))) for name in samples)


def _sample_button(address: str, name: str) -> str:
    image = f'<img src="{address}" alt="{name}" width="96" height="96">'
    return f'<li><button type="button" class="sample" data-src="{address}">{image}</button></li>'


def _spoken(name: str) -> str:
    return Path(name).stem.lstrip("0123456789-").replace("-", " ")


def _asset(name: str, content: bytes) -> Asset:
    return Asset(content, TYPES[Path(name).suffix], f'"{hashlib.sha256(content).hexdigest()[:16]}"')
