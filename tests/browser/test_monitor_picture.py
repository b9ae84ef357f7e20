"""The monitor's page in a real browser: red at the cause alone, and green again, at the same places, light and dark."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from pictures import WHEEL, picture_of
from playwright.sync_api import Browser, Page, expect
from watched_page import page_of
from watched_services import BAD, GOOD, Call, Given, Watcher, given, service, watching

from oneway.render import View, seen
from oneway.render.svg import svg

pytest_plugins = ("chromium",)
pytestmark = pytest.mark.timeout(120)

MANIFESTS = [
    (
        "platform.yaml",
        b"apiVersion: oneway/v1\nplatform: p\nowners: {ann: {name: Ann, backup: bob}, bob: {name: Bob}}\n"
        b"domains: {d: {summary: All of it}}\n",
    ),
    *(
        (
            f"{name}.yaml",
            f"apiVersion: oneway/v1\nservice: {name}\nversion: 1.0.0\nowner: ann\ndomain: d\n"
            f"endpoints: [{{name: http, port: 8000, protocol: http}}]\ncalls: [{calls}]\n".encode(),
        )
        for name, calls in (("door", "{to: hall}"), ("hall", "{to: cellar}"), ("cellar", ""))
    ),
]
PLACES = """() => [...document.querySelectorAll("#picture .node .deployment")]
  .map((box) => { const found = box.getBoundingClientRect(); return [found.x, found.width]; })"""
HEADS = """() => [...document.querySelectorAll("thead")].map((head) => {
  const box = head.getBoundingClientRect(); return box.width > 1 && box.right > 0; })"""


@contextmanager
def shown(browser: Browser, width: int, scheme: str) -> Iterator[tuple[Page, Given, Watcher]]:
    """Three services in a row, watched, and the page that shows them."""
    specs = (service("door", Call(to="hall")), service("hall", Call(to="cellar")), service("cellar"))
    drawn = svg(seen(picture_of(MANIFESTS), View()), WHEEL.run)
    picture = drawn[drawn.index("<svg") :]
    with given(*specs) as found, watching(found) as watcher, page_of(watcher, picture=picture) as port:
        page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        faults: list[str] = []
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
        page.goto(f"http://127.0.0.1:{port}/")
        yield page, found, watcher
        assert faults == []
        page.close()


def state_of(page: Page, name: str) -> str:
    return page.locator(f"#picture .node[data-id={name}]").get_attribute("data-state") or ""


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_red_is_the_cause_alone_and_nothing_moves(browser: Browser, width: int, scheme: str) -> None:
    with shown(browser, width, scheme) as (page, found, _):
        expect(page).to_have_title("✓ p: works", timeout=20_000)
        before = page.evaluate(PLACES)
        found.modes |= dict.fromkeys(found.modes, BAD)
        expect(page.locator("#service-cellar .state")).to_contain_text("fails", timeout=20_000)
        for name in ("hall", "door"):
            expect(page.locator(f"#service-{name} .state")).to_contain_text("blocked by", timeout=20_000)
        assert [state_of(page, name) for name in ("cellar", "hall", "door")] == ["fails", "blocked", "blocked"]
        expect(page).to_have_title("✕ p: fails")
        expect(page.locator("#incident-list li")).to_have_count(1)
        expect(page.locator("#incident-list li strong")).to_have_text("cellar")
        assert page.locator("#picture .edge[data-cause=true]").count() == 2
        assert page.evaluate(PLACES) == before
        found.modes |= dict.fromkeys(found.modes, GOOD)
        expect(page).to_have_title("✓ p: works", timeout=30_000)
        expect(page.locator("#incidents")).to_be_hidden(timeout=20_000)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (1400, "dark"), (390, "light"), (390, "dark")])
def test_it_fits_and_can_be_read_by_everybody(browser: Browser, width: int, scheme: str) -> None:
    with shown(browser, width, scheme) as (page, found, _):
        found.modes |= {"hall": BAD, "door": BAD}
        expect(page).to_have_title("✕ p: fails", timeout=20_000)
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(HEADS) == [width > 700] * 2
        found_by_axe = Axe().run(page)
        assert found_by_axe.violations_count == 0, found_by_axe.generate_report()


def test_a_service_is_reached_by_keyboard(browser: Browser) -> None:
    with shown(browser, 1400, "light") as (page, _, _):
        expect(page).to_have_title("✓ p: works", timeout=20_000)
        page.locator("#picture .node[data-id=cellar]").focus()
        page.keyboard.press("Enter")
        assert page.url.endswith("#service-cellar")
