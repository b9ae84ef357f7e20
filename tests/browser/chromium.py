"""Find a browser, once and in one place, and open it for the tests that name this module as their plugin.

Without a browser they are left out, loudly; with REQUIRE_BROWSER=1 that is a failure.
"""

import os
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
APPLICATIONS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOW_TO_INSTALL = (
    "no browser was found, so the tests of the demo page are LEFT OUT; install one "
    "(Debian and Ubuntu: apt-get install chromium; macOS: brew install --cask chromium) "
    "or name one in CHROMIUM=/path/to/chromium"
)


def find_browser() -> str | None:
    """$CHROMIUM, or what is on the PATH, or what macOS has installed."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    found = [path for path in map(shutil.which, (*NAMES, *APPLICATIONS)) if path]
    return found[0] if found else None


def browser_required() -> bool:
    return os.environ.get("REQUIRE_BROWSER", "") not in ("", "0")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_browser() is None:
        terminalreporter.write_sep("=", "BROWSER TESTS LEFT OUT", yellow=True, bold=True)
        terminalreporter.write_line(HOW_TO_INSTALL)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = find_browser()
    if path is None and browser_required():
        pytest.fail(f"REQUIRE_BROWSER is set, but {HOW_TO_INSTALL}")
    if path is None:
        pytest.skip(HOW_TO_INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """Fails when the page says anything on its console, or asks for anything but itself."""
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.set_default_timeout(30_000)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if line.type in ("error", "warning") else None)
    page.on(
        "request",
        lambda sent: faults.append(sent.url) if not sent.url.startswith(("file:", "data:", "blob:")) else None,
    )
    yield page
    page.close()
    assert faults == []
