"""The monitor's page over the samples themselves, really deployed: break id, see red there alone, and green again."""

import json
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from local_place import eventually
from playwright.sync_api import Browser, Page, expect
from sample_checkout import Samples, lay_out_samples
from webhook_receiver import hook

pytest_plugins = ("chromium",)
pytestmark = pytest.mark.timeout(420)


@pytest.fixture
def told() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    with hook() as (url, got):
        yield url, got


@pytest.fixture
def samples(tmp_path: Path, told: tuple[str, list[dict[str, Any]]]) -> Iterator[Samples]:
    """Deployed, and stopped when the test is over."""
    made = lay_out_samples(tmp_path, f"{{every: 1s, fail_after: 2, recover_after: 2, webhook: '{told[0]}'}}")
    try:
        done = made.run("deploy", "--all")
        assert done.returncode == 0, done.stdout + done.stderr
        yield made
    finally:
        made.run("stop", "--all")


@pytest.fixture
def address(samples: Samples) -> Iterator[str]:
    """Of the page of a monitor that watches them."""
    monitor = samples.begin("monitor", "--listen", "127.0.0.1:0", "--format", "json")
    try:
        eventually(lambda: bool(page_of(samples)))
        yield page_of(samples)
    finally:
        monitor.send_signal(signal.SIGTERM)
        monitor.communicate(timeout=60)


def page_of(samples: Samples) -> str:
    """What the monitor says beside its lock."""
    lock = samples.root / ".platform/monitor.db.lock"
    try:
        return str(json.loads(lock.read_text())["page"])
    except (OSError, ValueError):
        return ""


def looks(address: str) -> int:
    """How many there were; the status is 503 while something fails."""
    try:
        with urllib.request.urlopen(f"{address}status.json", timeout=10) as answer:
            return int(json.load(answer)["looks"])
    except urllib.error.HTTPError as bad:
        return int(json.load(bad)["looks"])


def posts(got: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    """What was told, but for restarts: kind, cause, who is blocked by it, its owner and who stands in."""
    return [
        (each["kind"], each["cause"], each["blocked"], each["owner"]["name"], each["backup"]["name"])
        for each in got
        if each["kind"] != "notice"
    ]


def state(page: Page, name: str) -> Any:
    return page.frame_locator("#picture").locator(f".node[data-id={name}]")


def test_red_is_id_alone_and_all_is_green_again(
    browser: Browser, samples: Samples, address: str, told: tuple[str, list[dict[str, Any]]]
) -> None:
    got = told[1]
    page = browser.new_page(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    page.goto(address)
    expect(page).to_have_title("✓ sample: works", timeout=60_000)
    for name in ("gateway", "caption", "id"):
        expect(state(page, name)).to_have_attribute("data-state", "works", timeout=60_000)

    samples.destroy("id")
    expect(state(page, "id")).to_have_attribute("data-state", "fails", timeout=60_000)
    expect(page).to_have_title("✕ sample: fails", timeout=60_000)
    for name in ("gateway", "caption"):
        expect(state(page, name)).to_have_attribute("data-state", "works", timeout=60_000)
        expect(state(page, name).locator(".live")).to_contain_text("degraded without id", timeout=60_000)
    expect(page.frame_locator("#picture").locator(".node[data-state=fails]")).to_have_count(1)

    samples.mend("id")
    expect(page).to_have_title("✓ sample: works", timeout=90_000)
    expect(page.frame_locator("#picture").locator(".node:not([data-state=works])")).to_have_count(0)
    eventually(lambda: "resolved" in [each["kind"] for each in got])
    assert posts(got) == [("opened", "id", [], "Bob", "Carol"), ("resolved", "id", [], "Bob", "Carol")]

    assert samples.run("stop", "caption").returncode == 0
    expect(state(page, "caption")).to_have_attribute("data-state", "stopped", timeout=60_000)
    expect(state(page, "gateway")).to_have_attribute("data-state", "blocked", timeout=60_000)
    expect(state(page, "gateway").locator(".live")).to_contain_text("blocked by caption")
    expect(state(page, "id")).to_have_attribute("data-state", "works")
    seen = looks(address)
    eventually(lambda: looks(address) > seen + 20)
    assert posts(got)[2:] == [("opened", "caption", ["gateway"], "Alice", "Bob")]
    page.close()
