"""The demo page in front of the real services: the samples get sentences that are true of them."""

import json
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect
from service_process import REPOSITORY, running

pytest_plugins = ("chromium",)

TESTDATA = REPOSITORY / "services/caption/testdata"
SAMPLES = REPOSITORY / "services/gateway/gateway_service/static/samples"
TRUE_SENTENCES = {
    (TESTDATA / name).read_bytes(): scene["sentences"]
    for name, scene in json.loads((TESTDATA / "scenes.json").read_text()).items()
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    logs = tmp_path_factory.mktemp("logs")
    with ExitStack() as stack:
        identity = stack.enter_context(running("id_service.app:app", logs / "id", {"ONEWAY_INSTANCE": "1"}))
        calls = {"id": {"url": identity.url, "timeout_ms": 1000, "required": False}}
        environ = {"ONEWAY_CALLS": json.dumps(calls)}
        caption = stack.enter_context(running("caption_service.app:app", logs / "caption", environ))
        environ = {"ONEWAY_CALLS": json.dumps(calls | {"caption": {"url": caption.url, "timeout_ms": 10_000}})}
        yield stack.enter_context(running("gateway_service.app:app", logs / "gateway", environ)).url


def test_every_sample_gets_a_true_sentence_and_an_id(browser: Browser, address: str) -> None:
    samples = sorted(SAMPLES.iterdir())
    page = browser.new_page()
    page.goto(address)
    expect(page.locator(".sample")).to_have_count(len(samples))
    for position, sample in enumerate(samples):
        with page.expect_response("**/v1/captions") as answered:
            page.locator(".sample").nth(position).click()
        answer = answered.value.json()
        best = answer["captions"][0]["text"]
        expect(page.locator("#captions li").first).to_contain_text(best)
        page.locator("details").evaluate("(details) => { details.open = true; }")
        expect(page.locator("#facts")).to_contain_text(answer["id"])
        expect(page.locator("#facts")).to_contain_text(answer["upload_id"])
        if sample.read_bytes() in TRUE_SENTENCES:
            assert (answer["source"], best in TRUE_SENTENCES[sample.read_bytes()]) == ("scenes", True), best
        else:
            assert answer["source"] == "labels"
            assert "cat" in " ".join(caption["text"] for caption in answer["captions"])
    page.close()
