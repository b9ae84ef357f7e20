"""Services come and go while somebody looks: the picture shows them without a reload; what stays is where it was."""

from typing import Any

import msgspec
import pytest
from monitor_pages import break_the_cellar, node, opened, watched
from playwright.sync_api import Browser, Page, expect
from watched_services import release

pytest_plugins = ("chromium",)
pytestmark = pytest.mark.timeout(120)


def place_of(page: Page, name: str) -> tuple[float, float]:
    box = node(page, name).locator(".deployment").bounding_box()
    assert box is not None
    return box["x"], box["y"]


def near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    return abs(one[0] - other[0]) < 2 and abs(one[1] - other[1]) < 2


def zoom_in_on(page: Page, name: str) -> None:
    """As with the wheel, so that not all of the picture is in view any more."""
    before: Any = node(page, name).locator(".deployment").bounding_box()
    page.mouse.move(before["x"] + before["width"] / 2, before["y"] + before["height"] / 2)
    page.mouse.wheel(0, -700)
    page.wait_for_function(
        "before => document.getElementById('picture').contentDocument"
        f".querySelector('.node[data-id={name}] .deployment').getBoundingClientRect().width > before + 20",
        arg=before["width"],
    )
    page.wait_for_timeout(400)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_service_that_is_new_is_drawn_and_one_that_is_gone_is_not(browser: Browser, scheme: str) -> None:
    with watched(without=("porch",)) as (port, found, _), opened(browser, port, scheme=scheme) as page:
        expect(node(page, "cellar")).to_have_attribute("data-state", "works", timeout=20_000)
        expect(node(page, "porch")).to_have_count(0)
        page.evaluate("window.stayed = true")
        found.specs["porch"] = found.releases["porch"].spec
        expect(node(page, "porch")).to_have_attribute("data-state", "works", timeout=20_000)
        break_the_cellar(found)
        expect(node(page, "cellar")).to_have_attribute("data-state", "fails", timeout=20_000)
        expect(node(page, "porch").locator(".live")).to_contain_text("degraded without cellar", timeout=20_000)
        found.specs.pop("porch")
        expect(node(page, "porch")).to_have_count(0, timeout=20_000)
        expect(node(page, "cellar")).to_have_attribute("data-state", "fails")
        expect(page.locator("iframe")).to_have_count(1)
        assert page.evaluate("window.stayed"), "nobody reloads the page"


def test_whoever_looks_closely_goes_on_looking_at_the_same(browser: Browser) -> None:
    with watched(without=("porch",)) as (port, found, _), opened(browser, port) as page:
        expect(node(page, "cellar")).to_have_attribute("data-state", "works", timeout=20_000)
        zoom_in_on(page, "cellar")
        before = place_of(page, "cellar")
        found.specs["porch"] = found.releases["porch"].spec
        expect(node(page, "porch")).to_have_count(1, timeout=20_000)
        assert near(place_of(page, "cellar"), before)


def test_a_release_with_another_version_moves_nothing(browser: Browser) -> None:
    with watched() as (port, found, watcher), opened(browser, port) as page:
        expect(node(page, "cellar")).to_have_attribute("data-state", "works", timeout=20_000)
        before = {name: place_of(page, name) for name in found.specs}
        shape = watcher.board.shape
        found.releases["hall"] = release(msgspec.structs.replace(found.specs["hall"], version="1.0.1"), 2)
        watcher.until(lambda: watcher.board.shape > shape, "the release is seen")
        expect(page.locator("iframe#picture")).to_have_attribute("src", f"picture?shape={shape + 1}", timeout=20_000)
        expect(page.locator("iframe")).to_have_count(1, timeout=20_000)
        expect(node(page, "hall")).to_have_attribute("data-state", "works", timeout=20_000)
        assert all(near(place_of(page, name), before[name]) for name in before)
