"""The demo page in a real browser: every way to hand over a picture, every error in words, and no barrier."""

import json
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from service_process import REPOSITORY, free_port, running

pytest_plugins = ("chromium",)

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c4944415478da63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
JPEG = b"\xff\xd8\xff\xe0"
SENTENCE = "a red car on the beach"


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The gateway, one at a low rate, and one more with keys, small limits and nobody behind it."""
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        caption = stack.enter_context(
            running("stand_in_caption:app", logs / "caption", path=REPOSITORY / "tests/services")
        )
        identity = stack.enter_context(running("id_service.app:app", logs / "id", {"ONEWAY_INSTANCE": "1"}))
        calls = {"caption": {"url": caption.url, "timeout_ms": 2000}, "id": {"url": identity.url, "timeout_ms": 500}}
        nobody = {name: {"url": f"http://127.0.0.1:{free_port()}", "timeout_ms": 500} for name in ("caption", "id")}
        links = {"ARCHITECTURE_URL": "http://127.0.0.1:1/#picture", "STATE_URL": "http://127.0.0.1:1/"}
        environ = {"ONEWAY_CALLS": json.dumps(calls), "PUBLIC_BURST": "1000"} | links
        slow = environ | {"PUBLIC_BURST": "2", "PUBLIC_REQUESTS_PER_SECOND": "1"}
        strict = {"ONEWAY_CALLS": json.dumps(nobody), "API_KEYS": f"alice:{'0' * 64}", "MAX_PICTURE_BYTES": "50"}
        yield {
            "public": stack.enter_context(running("gateway_service.app:app", logs / "public", environ)).url,
            "slow": stack.enter_context(running("gateway_service.app:app", logs / "slow", slow)).url,
            "strict": stack.enter_context(running("gateway_service.app:app", logs / "strict", strict)).url,
        }


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(reduced_motion="reduce") as context:
        context.set_default_timeout(20_000)
        yield context


@pytest.fixture
def page(context: BrowserContext, addresses: dict[str, str]) -> Iterator[Page]:
    """Fails when the page reports an error of its own, such as a breach of its Content-Security-Policy."""
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    page.on("request", lambda sent: faults.append(sent.url) if is_elsewhere(sent.url) else None)
    page.goto(addresses["public"])
    yield page
    assert faults == []


def is_elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "blob:http://127.0.0.1:", "data:"))


def choose(page: Page, content: bytes, name: str = "picture.jpg", media_type: str = "image/jpeg") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": media_type, "buffer": content})


def hand_over(page: Page, event: str) -> None:
    """A real DataTransfer with one file, as a drop or a paste brings it."""
    page.evaluate(
        """([event, text]) => {
            const data = new DataTransfer();
            const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
            data.items.add(new File([bytes], 'picture.png', {type: 'image/png'}));
            const target = document.getElementById('drop');
            const made = event === 'drop'
                ? new DragEvent('drop', {dataTransfer: data, bubbles: true, cancelable: true})
                : new ClipboardEvent('paste', {clipboardData: data, bubbles: true});
            target.dispatchEvent(made);
        }""",
        [event, b64encode(PIXEL).decode()],
    )


@pytest.mark.parametrize("by_touch", [False, True])
def test_only_what_can_be_done_is_offered(browser: Browser, addresses: dict[str, str], by_touch: bool) -> None:
    """A finger drops and pastes nothing."""
    with browser.new_context(has_touch=by_touch, is_mobile=by_touch) as context:
        page = context.new_page()
        page.goto(addresses["public"])
        assert page.get_by_text("Drop pictures here").is_visible() is not by_touch
        assert page.get_by_text("paste one, or").is_visible() is not by_touch
        assert page.get_by_text("Choose pictures").is_visible() is by_touch
        choose(page, PIXEL, "picture.png", "image/png")
        expect(page.get_by_text("choose another picture")).to_be_visible()
        assert page.get_by_text("Drop, paste or").is_visible() is not by_touch


@pytest.mark.parametrize("way", ["file", "drop", "paste"])
def test_a_picture_gets_its_sentence(page: Page, way: str) -> None:
    if way == "file":
        choose(page, PIXEL, "picture.png", "image/png")
    else:
        hand_over(page, way)
    captions = page.locator("#captions li")
    expect(captions).to_have_count(2)
    expect(captions.first).to_contain_text(SENTENCE)
    expect(captions.first).to_contain_text("93 %")
    assert captions.first.locator(".bar span").evaluate("(bar) => bar.style.width") == "93%"
    expect(page.locator("#preview")).to_be_visible()
    expect(page.get_by_role("status")).to_have_text(f"{SENTENCE}, 93 %")
    page.get_by_text("Details").click()
    expect(page.locator("#facts")).to_contain_text("118377916890361856")
    expect(page.locator("#facts")).to_contain_text("scenes 1.0.0")


def test_a_kind_of_picture_that_is_not_accepted_is_converted_by_the_browser(page: Page) -> None:
    gif = bytes.fromhex("47494638396101000100800000ff0000ffffff2c00000000010001000002024401003b")
    with page.expect_request("**/v1/captions") as sent:
        choose(page, gif, "picture.gif", "image/gif")
    assert sent.value.headers["content-type"] == "image/jpeg"
    expect(page.locator("#captions li").first).to_contain_text(SENTENCE)


@pytest.mark.parametrize(
    ("order", "title", "detail"),
    [
        ("status:400", "This is not a picture that can be read", "caption says 400"),
        ("status:429", "Too many pictures at once", "caption says 429"),
        ("status:500", "The captioning service failed", "caption failed"),
        ("status:503,4", "The captioning service is busy", "try again"),
        ("wait:30", "The answer took too long", "2000 ms"),
    ],
)
def test_every_error_is_said_in_words(page: Page, order: str, title: str, detail: str) -> None:
    choose(page, JPEG + order.encode())
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text(title)
    expect(alert).to_contain_text(detail)
    expect(alert).to_contain_text("Request ")
    expect(page.locator("#captions")).not_to_be_visible()
    choose(page, PIXEL, "picture.png", "image/png")
    expect(page.locator("#captions li").first).to_contain_text(SENTENCE)
    expect(alert).not_to_be_visible()


def test_a_file_that_is_no_picture_is_refused_at_once(page: Page) -> None:
    choose(page, b"hello", "letter.txt", "text/plain")
    expect(page.get_by_role("alert")).to_contain_text("This kind of file is not accepted")


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(page: Page) -> None:
    choose(page, JPEG + b"wait:0.7")
    choose(page, JPEG + b"text:the newer one")
    expect(page.locator("#captions li").first).to_contain_text("the newer one")
    page.wait_for_timeout(900)
    expect(page.locator("#captions li").first).to_contain_text("the newer one")


def test_a_sentence_is_text_and_never_markup(page: Page) -> None:
    choose(page, JPEG + b"text:<img src=x onerror=alert(1)>")
    expect(page.locator("#captions li").first).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#captions img").count() == 0


def test_where_keys_are_needed_the_page_asks_for_one(context: BrowserContext, addresses: dict[str, str]) -> None:
    page = context.new_page()
    page.goto(addresses["strict"])
    page.get_by_label("API key").fill("not-alices-key")
    choose(page, JPEG)
    expect(page.get_by_role("alert")).to_contain_text("An API key is needed")
    choose(page, JPEG + bytes(100))
    expect(page.get_by_role("alert")).to_contain_text("The picture is too large")


def choose_all(page: Page, *orders: bytes) -> None:
    files: list[FilePayload] = [
        {"name": f"{place}.jpg", "mimeType": "image/jpeg", "buffer": JPEG + order} for place, order in enumerate(orders)
    ]
    page.set_input_files("#file", files)


def test_several_pictures_get_their_sentences_with_their_progress(page: Page) -> None:
    choose_all(page, b"text:the first", b"status:422", b"", b"text:<b>the last</b>")
    lines = page.locator("#pictures li")
    expect(page.get_by_role("status")).to_have_text("4 of 4 pictures")
    assert page.locator("#progress").evaluate("(bar) => [bar.value, bar.max]") == [4, 4]
    for place, text in enumerate(("the first", "caption says 422", SENTENCE, "<b>the last</b>")):
        expect(lines.nth(place).locator(".sentence")).to_have_text(text)
    expect(page.locator("#stop")).not_to_be_visible()
    choose(page, PIXEL, "picture.png", "image/png")
    expect(page.locator("#captions li").first).to_contain_text(SENTENCE)
    expect(page.locator("#batch")).not_to_be_visible()


def test_several_pictures_wait_for_the_limit_and_can_be_stopped(page: Page, addresses: dict[str, str]) -> None:
    page.goto(addresses["slow"])
    choose_all(page, *[b""] * 4)
    expect(page.locator("#pictures")).to_contain_text("again in")
    expect(page.get_by_role("status")).to_have_text("4 of 4 pictures")
    choose_all(page, *[b"wait:30"] * 3)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("status")).to_have_text("Stopped.")


def test_more_pictures_than_are_taken_at_once_are_refused(page: Page) -> None:
    choose_all(page, *[b""] * 51)
    expect(page.get_by_role("alert")).to_contain_text("up to 50 are taken at once")


def test_on_a_phone_the_answer_is_in_view(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.locator(".sample").last.click()
    expect(page.locator("#captions li").first).to_be_in_viewport(ratio=1)
    expect(page.locator("#preview")).to_be_in_viewport()
    choose(page, JPEG + b"status:400")
    expect(page.get_by_role("alert")).to_be_in_viewport(ratio=1)


def test_the_page_leads_to_the_api_the_architecture_and_the_state(page: Page) -> None:
    for name, address in (("Architecture", "http://127.0.0.1:1/#picture"), ("State", "http://127.0.0.1:1/")):
        expect(page.get_by_role("link", name=name)).to_have_attribute("href", address)
    page.get_by_role("link", name="API").click()
    expect(page.locator("#issueIds")).to_contain_text("POST /v1/ids")
    expect(page.locator("#caption")).to_contain_text("curl --data-binary @picture.jpg")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_it_works_by_keyboard_alone(page: Page) -> None:
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "file"
    outline = page.locator("#drop").evaluate("(drop) => getComputedStyle(drop).outlineStyle")
    assert outline == "solid"
    with page.expect_file_chooser() as chooser:
        page.title()  # a round trip: before it, the browser may not know yet that a chooser is to be handed to us
        page.keyboard.press("Space")
    chooser.value.set_files({"name": "picture.png", "mimeType": "image/png", "buffer": PIXEL})
    expect(page.locator("#captions li").first).to_contain_text(SENTENCE)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1200])
def test_no_barrier_is_found_and_nothing_runs_over_the_edge(
    page: Page, width: int, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    for content in (None, PIXEL, JPEG + b"status:503"):
        if content is not None:
            choose(page, content)
            expect(page.locator("#answer:not([hidden]), #error:not([hidden])")).to_be_visible()
        judge(page, width)
    choose_all(page, b"", b"status:422")
    expect(page.get_by_role("status")).to_have_text("2 of 2 pictures")
    judge(page, width)


def judge(page: Page, width: int) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
