"""The demo page over HTTP: served whole, with its protections, and nothing beside it."""

import re

import pytest

from gateway_service.app import create
from gateway_service.config import Config
from gateway_service.page import FOLDER
from servicekit import Service, Settings
from servicekit.testing import client_of

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def gateway() -> Service:
    return create(Settings("gateway"), Config())


async def test_the_page_and_all_that_it_names_are_served_with_their_protections() -> None:
    async with client_of(gateway()) as client:
        page = await client.get("/")
        named = set(re.findall(r'(?:src|href)="(/[^"]*)"', page.text))
        assert {"/static/page.js", "/static/page.css", "/static/icon.svg"} < named
        assert sum(name.startswith("/static/samples/") for name in named) == len(list((FOLDER / "samples").iterdir()))
        for address in sorted(named | {"/"}):
            answer = await client.get(address)
            assert answer.status_code == 200
            if address.startswith("/static/") or address == "/":
                assert answer.headers["X-Content-Type-Options"] == "nosniff"
                assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
                assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert "<!-- samples -->" not in page.text


async def test_the_page_needs_no_other_host_and_no_inline_code() -> None:
    async with client_of(gateway()) as client:
        for address in ("/", "/static/page.js", "/static/page.css"):
            text = (await client.get(address)).text
            assert re.findall(r"(?:src|href|url|import|fetch)\W{1,3}(?:https?:)?//", text) == []
        page = (await client.get("/")).text
    assert re.findall(r"<script(?![^>]*src=)|<style|\son[a-z]+=|\sstyle=|javascript:", page) == []


async def test_what_a_browser_has_already_is_not_sent_again() -> None:
    async with client_of(gateway()) as client:
        first = await client.get("/static/page.css")
        again = await client.get("/static/page.css", headers={"If-None-Match": first.headers["ETag"]})
        other = await client.get("/static/page.css", headers={"If-None-Match": '"other"'})
        head = await client.head("/")
    assert (again.status_code, again.content, other.status_code) == (304, b"", 200)
    assert head.status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/static/",
        "/static/../app.py",
        "/static/%2e%2e/app.py",
        "/static/..%2fapp.py",
        "/static/page.css/",
        "/static/index.html",
    ],
)
async def test_nothing_else_is_served(path: str) -> None:
    async with client_of(gateway()) as client:
        assert (await client.get(path)).status_code == 404


async def test_without_its_calls_it_is_not_ready_and_says_what_is_missing() -> None:
    async with client_of(gateway()) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.text) == (
        503,
        "not ready: ONEWAY_CALLS does not say where to find caption and id\n",
    )
