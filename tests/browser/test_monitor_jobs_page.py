"""A job that did not end well, on the page: words, not red alone, at its service; an incident that blocks nobody."""

import os

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from monitor_pages import opened, watched
from msgspec import structs
from playwright.sync_api import Browser, expect

from oneway.model import Job
from oneway.targets.base import Run, RunState

pytest_plugins = ("chromium",)
pytestmark = pytest.mark.timeout(120)
JOBS = {"tidy": Job(command=("tidy",), schedule="0 3 * * *"), "send": Job(command=("send",))}
FAILED = Run("tidy", "tidy-1", 1, RunState.FAILED, 1_790_000_000.0, 1_790_000_005.0, "it ended with status 3")


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (390, "dark")])
def test_a_job_is_shown_with_its_last_run(browser: Browser, width: int, scheme: str) -> None:
    with watched() as (port, found, watcher), opened(browser, port, width, scheme) as page:
        cellar = structs.replace(found.specs["cellar"], jobs=JOBS)
        found.specs["cellar"] = cellar
        found.releases["cellar"] = structs.replace(found.releases["cellar"], spec=cellar)
        found.runs["cellar"] = {"tidy": FAILED}
        watcher.until(lambda: "cellar job tidy" in watcher.board.incidents, "the incident")
        expect(page.locator("#incident-list .cause strong")).to_have_text("cellar", timeout=20_000)
        expect(page.locator("#incident-list")).to_contain_text("job tidy failed")
        expect(page.locator("#overall")).to_have_text("all 4 services work, 1 incident is open")
        page.goto(page.url.partition("#")[0] + "#at=cellar")
        panel = page.locator("#service")
        expect(panel).to_contain_text("failed: it ended with status 3; started 2026-09-21", timeout=20_000)
        expect(panel).to_contain_text("has not run yet")
        expect(panel).to_contain_text("works; job tidy failed")
        assert Axe().run(page).violations_count == 0
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/jobs-{width}-{scheme}.png")
