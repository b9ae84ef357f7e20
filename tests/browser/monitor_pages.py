"""The page of a monitor over four services, in a browser: a door and a hall that cannot do without the cellar, and a
porch that can."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import hostile_server as hostile
from pictures import WHEEL, picture_of
from playwright.sync_api import Browser, FrameLocator, Page
from watched_page import page_of
from watched_services import GOOD, Call, Given, Watcher, given, service, watching

from oneway.model import Check, Duration, Expect, Request
from oneway.render import FORMATS, View, seen

BAD = hostile.answer(503, b'{"detail": "no number could be <b>leased</b>"}')
MANIFESTS = [
    (
        "platform.yaml",
        b"apiVersion: oneway/v1\nplatform: p\nowners: {ann: {name: Ann, backup: bob}, bob: {name: Bob}}\n"
        b"domains: {d: {summary: All of it}, e: {}}\n",
    ),
    *(
        (
            f"{name}.yaml",
            f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: {domain}\n"
            f"endpoints: [{{name: http, port: 8000, protocol: http}}]\ncalls: [{calls}]\n".encode(),
        )
        for name, domain, calls in (
            ("door", "d", "{to: hall}, {to: porch, required: false}"),
            ("porch", "d", "{to: cellar, required: false}"),
            ("hall", "e", "{to: cellar}"),
            ("cellar", "e", ""),
        )
    ),
]
PLACES = """() => [...document.querySelectorAll("#floor .node .deployment")]
  .map((box) => { const found = box.getBoundingClientRect(); return [found.x, found.y, found.width]; })"""


@contextmanager
def watched(
    data: Path | None = None, public: bool = False, without: Iterable[str] = ()
) -> Iterator[tuple[int, Given, Watcher]]:
    """Four services, of which two cannot do without the cellar and one can, and the port of the page."""
    lazy = Call(to="cellar", required=False)
    check = Check(name="answers", request=Request(path="/"), expect=Expect(within=Duration(5.0)))
    specs = (
        service("door", Call(to="hall"), Call(to="porch", required=False)),
        service("porch", lazy, checks=(check,)),
        service("hall", Call(to="cellar")),
        service("cellar", checks=(check,)),
    )
    with given(*specs) as found:
        for name in without:
            found.specs.pop(name)
        with watching(found, data=data) as watcher, page_of(watcher, public, lambda: drawn_for(watcher)) as port:
            yield port, found, watcher


def drawn_for(watcher: Watcher) -> str:
    """The picture of the services that there are, with the calls between them."""
    there = watcher.board.survey.services

    def known(call: "re.Match[bytes]") -> bytes:
        return call[0] if call[1].decode() in there else b""

    files = [
        (file, re.sub(rb"\{to: (\w+)[^}]*\}", known, text).replace(b"[, ", b"["))
        for file, text in MANIFESTS
        if file.removesuffix(".yaml") in {"platform", *there}
    ]
    return FORMATS["html"].draw(seen(picture_of(files), View(), "html"), WHEEL.run).decode()


@contextmanager
def opened(browser: Browser, port: int, width: int = 1400, scheme: str = "light", **options: Any) -> Iterator[Page]:
    """The page, which must not stumble."""
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,  # type: ignore[arg-type]
        reduced_motion="reduce",
        **options,
    )
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    page.goto(f"http://127.0.0.1:{port}/")
    yield page
    assert faults == []
    page.close()


def picture(page: Page) -> FrameLocator:
    return page.frame_locator("#picture")


def node(page: Page, name: str) -> Any:
    return picture(page).locator(f".node[data-id={name}]")


def break_the_cellar(found: Given) -> None:
    found.modes |= dict.fromkeys(("cellar", "hall", "door"), BAD)


def mend(found: Given) -> None:
    found.modes |= dict.fromkeys(found.modes, GOOD)
