"""The monitor's page in a real browser: red at the cause alone and green again at the same places; by mouse, by
keyboard, without a script, light and dark."""

import time
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from monitor_pages import PLACES, break_the_cellar, mend, node, opened, picture, watched
from playwright.sync_api import Browser, Page, expect

from oneway.monitor.states import State, service_state

pytest_plugins = ("chromium",)
pytestmark = pytest.mark.timeout(120)


def await_focus(page: Page, where: str) -> None:
    """Wait until the focus is there; the browser itself may be in the background."""
    until = time.monotonic() + 20
    while not page.evaluate(where):
        assert time.monotonic() < until, where
        page.wait_for_timeout(50)


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_red_is_the_cause_alone_and_nothing_moves(browser: Browser, width: int, scheme: str) -> None:
    with watched() as (port, found, _), opened(browser, port, width, scheme) as page:
        expect(page).to_have_title("✓ p: works", timeout=20_000)
        page.locator("[data-view=picture]").click()
        expect(node(page, "cellar")).to_have_attribute("data-state", "works", timeout=20_000)
        (frame,) = page.frames[1:]
        before = frame.evaluate(PLACES)
        icon = page.locator("#icon").get_attribute("href")
        break_the_cellar(found)
        expect(node(page, "cellar")).to_have_attribute("data-state", "fails", timeout=20_000)
        for name in ("hall", "door"):
            expect(node(page, name)).to_have_attribute("data-state", "blocked", timeout=20_000)
            expect(node(page, name).locator(".live")).to_contain_text("blocked by")
        expect(node(page, "porch")).to_have_attribute("data-state", "works")
        expect(node(page, "porch").locator(".live")).to_contain_text("degraded without")
        expect(page).to_have_title("✕ p: fails")
        expect(page.locator("#overall")).to_have_text("1 fails, 2 blocked, 1 works")
        assert page.locator("#icon").get_attribute("href") != icon
        expect(page.locator("#incident-list > li")).to_have_count(1)
        expect(page.locator("#incident-list .cause strong")).to_have_text("cellar")
        expect(page.locator("#incident-list .effects").last).to_contain_text("degraded: porch")
        expect(picture(page).locator(".edge[data-cause=true]")).to_have_count(3)
        assert frame.evaluate(PLACES) == before
        page.locator("[data-view=services]").click()
        expect(page.locator("#service-hall .state")).to_have_text("⊘blocked by cellar")
        expect(page.locator("#services tbody").first).to_contain_text("Needs somebody")
        mend(found)
        expect(page).to_have_title("✓ p: works", timeout=30_000)
        expect(page.locator("#incidents")).to_be_hidden(timeout=20_000)
        expect(page.locator("#services [data-order]")).to_have_count(4)
        expect(page.locator("#services")).not_to_contain_text("Needs somebody")


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (1400, "dark"), (390, "light"), (390, "dark")])
def test_it_fits_and_can_be_read_by_everybody(browser: Browser, tmp_path: Path, width: int, scheme: str) -> None:
    with watched(tmp_path / "m.db") as (port, found, _), opened(browser, port, width, scheme) as page:
        break_the_cellar(found)
        expect(page).to_have_title("✕ p: fails", timeout=20_000)
        expect(page.locator("#incident-list > li")).to_have_count(1, timeout=20_000)
        for view in ("picture", "services", "history"):
            page.locator(f"[data-view={view}]").click()
            expect(page.locator(f"#view-{view}")).to_be_visible()
            if view == "picture":
                expect(node(page, "cellar")).to_have_attribute("data-state", "fails", timeout=20_000)
            assert page.evaluate("document.documentElement.scrollWidth") == width, view
            judged = Axe().run(page)
            assert judged.violations_count == 0, f"{view}: {judged.generate_report()}"
        page.locator("[data-view=services]").click()
        page.locator("#service-cellar a").click()
        expect(page.locator("#service .check")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") == width
        judged = Axe().run(page)
        assert judged.violations_count == 0, judged.generate_report()


def test_the_details_say_what_was_expected_what_came_and_what_to_type(browser: Browser, tmp_path: Path) -> None:
    with watched(tmp_path / "m.db") as (port, found, _), opened(browser, port) as page:
        break_the_cellar(found)
        expect(page).to_have_title("✕ p: fails", timeout=20_000)
        node(page, "cellar").click()
        panel = page.locator("#service")
        expect(panel.locator("h2")).to_have_text("cellar")
        expect(panel.locator(".check")).to_contain_text("GET /")
        expect(panel.locator(".check .came")).to_have_text('503 {"detail": "no number could be <b>leased</b>"}')
        expect(panel.get_by_role("img", name="latency of the last day")).to_be_visible(timeout=20_000)
        for words in ("platform logs cellar", "called by", "Last 90 days", "Releases and restarts", "ann"):
            expect(panel).to_contain_text(words)
        panel.get_by_role("link", name="hall").click()
        expect(panel.locator("h2")).to_have_text("hall")
        expect(panel.locator(".lead")).to_contain_text("blocked by cellar")
        page.go_back()
        expect(panel.locator("h2")).to_have_text("cellar")
        panel.get_by_role("button", name="Close the details").click()
        expect(panel).to_be_hidden()


def test_everything_is_reached_by_keyboard(browser: Browser) -> None:
    with watched() as (port, _, _), opened(browser, port) as page:
        expect(page).to_have_title("✓ p: works", timeout=20_000)
        for _ in range(3):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#view-services")).to_be_visible()
        link = page.locator("#service-cellar a")
        link.focus()
        page.keyboard.press("Enter")
        await_focus(page, "document.activeElement.matches('#service h2')")
        page.keyboard.press("Escape")
        expect(page.locator("#service")).to_be_hidden()
        await_focus(page, "document.activeElement.dataset.at === 'cellar'")


def test_an_incident_is_taken_on_and_a_service_silenced(browser: Browser, tmp_path: Path) -> None:
    with watched(tmp_path / "m.db") as (port, found, watcher), opened(browser, port) as page:
        break_the_cellar(found)
        card = page.locator("#incident-list > li")
        expect(card).to_have_count(1, timeout=30_000)
        card.locator("summary").click()
        card.get_by_label("Your name").fill("bob")
        card.get_by_role("button", name="Take it on").click()
        watcher.until(lambda: watcher.board.incidents["cellar"].acknowledged == "bob", "it is taken on")
        page.locator("#mark").click()
        expect(card).to_contain_text("Taken on by bob", timeout=20_000)
        page.evaluate("page.choose('cellar')")
        panel = page.locator("#service")
        panel.get_by_text("Tell nobody for a while").click()
        panel.get_by_label("Why").fill("its disk is changed")
        panel.get_by_role("button", name="Silence").click()
        watcher.until(lambda: [each.service for each in watcher.board.silences] == ["cellar"], "it is silenced")
        page.locator("[data-view=history]").click()
        page.locator("#all-incidents summary").click()
        expect(page.locator("#all-incidents")).to_contain_text("opened: Ann, Bob, by test")


def test_the_last_day_can_be_scrubbed_through(browser: Browser, tmp_path: Path) -> None:
    with watched(tmp_path / "m.db") as (port, found, _), opened(browser, port) as page:
        break_the_cellar(found)
        expect(page).to_have_title("✕ p: fails", timeout=20_000)
        page.locator("#moment").focus()
        page.keyboard.press("Home")
        expect(page.locator("#then")).to_contain_text("As it was on")
        expect(page.locator("#incidents")).to_be_hidden()
        assert page.title().startswith("? p: not known at ")
        page.locator("#back-to-now").click()
        expect(page).to_have_title("✕ p: fails")
        expect(page.locator("#moment-words")).to_have_text("now")


def test_without_scripts_the_table_says_it_all(browser: Browser) -> None:
    with watched() as (port, found, watcher):
        break_the_cellar(found)
        watcher.until(lambda: service_state(watcher.board, "door").state is State.BLOCKED, "the door is blocked")
        watcher.until(lambda: service_state(watcher.board, "hall").state is State.BLOCKED, "the hall is blocked")
        with opened(browser, port, 390, java_script_enabled=False) as page:
            for words in ("1 fails, 2 blocked, 1 works", "blocked by cellar", "expected: status", "no number could be"):
                expect(page.locator("body")).to_contain_text(words)
            expect(page.locator("iframe")).to_be_hidden()


def test_the_public_page_tells_no_more_than_states(browser: Browser) -> None:
    with watched(public=True) as (port, found, _), opened(browser, port) as page:
        break_the_cellar(found)
        expect(page.locator("#service-door .state")).to_have_text("⊘blocked", timeout=30_000)
        expect(page.locator("#services [data-order]")).to_have_count(1)
        expect(page.locator("iframe, [data-view=history]")).to_have_count(0)
        for word in ("cellar", "ann", "platform logs"):
            expect(page.locator("main")).not_to_contain_text(word)


def test_when_the_monitor_is_gone_the_page_says_so(browser: Browser) -> None:
    with watched() as (port, _, _):
        page = browser.new_page()
        page.goto(f"http://127.0.0.1:{port}/")
        expect(page).to_have_title("✓ p: works", timeout=20_000)
        expect(page.locator("#lost")).to_be_hidden()
    expect(page.locator("#lost")).to_be_visible(timeout=20_000)
    page.close()
