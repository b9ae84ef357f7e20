"""The caption service over HTTP: what it says, what it refuses, how it does without id."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
from caption_pictures import PHOTOS, SCENES, TESTDATA, body, gradient, packed, png_of_size
from conformance import check_committed
from jsonschema import Draft202012Validator

from caption_service.app import create
from caption_service.settings import CaptionSettings
from servicekit import Calls, DeclaredCall, Service, Settings
from servicekit.testing import client_of

pytestmark = pytest.mark.anyio
DESCRIPTION = TESTDATA.parent / "openapi.json"
JPEG = {"Content-Type": "image/jpeg"}
PNG = {"Content-Type": "image/png"}
DOCUMENT = json.loads(DESCRIPTION.read_text())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def service(id_answer: httpx.Response | None = None, lanes: int = 2, waiting: int = 8) -> Service:
    """With an id service that gives this answer, or without one that can be reached."""

    def answer(request: httpx.Request) -> httpx.Response:
        if id_answer is None:
            raise httpx.ConnectError("refused")
        assert (request.method, request.url.path) == ("POST", "/v1/ids")
        return httpx.Response(id_answer.status_code, content=id_answer.content)

    calls = MappingProxyType({"id": DeclaredCall("http://id", 0.2, required=False)})
    settings = Settings(service="caption", version="1.0.0", environment="test", calls=calls)
    own = CaptionSettings.from_environment({"CAPTION_LANES": str(lanes), "CAPTION_WAITING": str(waiting)})
    return create(settings, own, Calls(settings, transport=httpx.MockTransport(answer)))


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(service(httpx.Response(200, json={"ids": ["187302984512307200"]}))) as client:
        yield client


def check(answer: httpx.Response, path: str = "/v1/captions", method: str = "post") -> None:
    """The status is documented, and the body fits what is documented for it."""
    responses = DOCUMENT["paths"][path][method]["responses"]
    content = responses[str(answer.status_code)]["content"][answer.headers["Content-Type"].partition(";")[0]]
    Draft202012Validator(content["schema"] | {"components": DOCUMENT["components"]}).validate(answer.json())


@pytest.mark.parametrize("name", sorted(SCENES))
async def test_says_what_is_true_of_a_scene_it_has_never_seen(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/v1/captions", content=body(name), headers=JPEG)
    check(answer)
    said = answer.json()
    assert said["captions"][0]["text"] in SCENES[name]["sentences"]
    assert said["captions"][0]["probability"] > 0.2
    assert said["source"] == "scenes"
    assert said["id"] == "187302984512307200"
    assert said["degraded"] == []


@pytest.mark.parametrize("name", PHOTOS)
async def test_a_photo_never_gets_an_invented_scene(client: httpx.AsyncClient, name: str) -> None:
    answer = await client.post("/v1/captions", content=body(name), headers=JPEG)
    check(answer)
    assert answer.json()["source"] in ("labels", "unknown")


async def test_names_what_a_photo_shows(client: httpx.AsyncClient) -> None:
    said = (await client.post("/v1/captions", content=body("photo-cat.jpg"), headers=JPEG)).json()
    assert said["source"] == "labels"
    assert any("cat" in caption["text"] for caption in said["captions"])
    assert "label" in said["timings_ms"]


async def test_does_not_know_what_noise_shows(client: httpx.AsyncClient) -> None:
    said = (await client.post("/v1/captions", content=packed(gradient(), "PNG"), headers=PNG)).json()
    assert (said["source"], said["captions"]) == ("unknown", [])


@pytest.mark.parametrize("beams", [1, 2, 3])
async def test_gives_as_many_captions_as_beams(client: httpx.AsyncClient, beams: int) -> None:
    answer = await client.post("/v1/captions", params={"beams": beams}, content=body("scene.jpg"), headers=JPEG)
    captions = answer.json()["captions"]
    assert len(captions) == beams
    assert [c["probability"] for c in captions] == sorted((c["probability"] for c in captions), reverse=True)


async def test_cuts_off_after_max_words(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/captions", params={"max_words": 2}, content=body("scene.jpg"), headers=JPEG)
    assert all(len(c["text"].split()) <= 3 for c in answer.json()["captions"])


async def test_a_form_is_as_good_as_a_body(client: httpx.AsyncClient) -> None:
    plain = await client.post("/v1/captions", content=body("scene.jpg"), headers=JPEG)
    form = await client.post("/v1/captions", files={"file": ("scene.jpg", body("scene.jpg"), "image/jpeg")})
    check(form)
    assert form.json()["captions"] == plain.json()["captions"]


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", JPEG, 400),
        (b"hello", JPEG, 415),
        (b"{}", {"Content-Type": "application/json"}, 415),
        (body("scene.jpg")[:2000], JPEG, 400),
        (png_of_size(60_000, 60_000), PNG, 413),
        (b"x" * (13 * 1024 * 1024), JPEG, 413),
        (packed(gradient(), save_all=True, append_images=[gradient().rotate(180)]), PNG, 422),
        (b"no form", {"Content-Type": "multipart/form-data; boundary=x"}, 400),
        (b"no form", {"Content-Type": "multipart/form-data"}, 400),
    ],
)
async def test_refuses(client: httpx.AsyncClient, content: bytes, headers: dict[str, str], status: int) -> None:
    answer = await client.post("/v1/captions", content=content, headers=headers)
    assert answer.status_code == status
    check(answer)


@pytest.mark.parametrize(
    "params", [{"beams": "0"}, {"beams": "4"}, {"max_words": "-1"}, {"max_words": "21"}, {"beams": "²"}]
)
async def test_refuses_parameters_out_of_range(client: httpx.AsyncClient, params: dict[str, str]) -> None:
    answer = await client.post("/v1/captions", params=params, content=body("scene.jpg"), headers=JPEG)
    assert answer.status_code == 400
    assert next(iter(params)) in answer.json()["detail"]


@pytest.mark.parametrize(
    "id_answer",
    [
        None,
        httpx.Response(503),
        httpx.Response(200, json={"ids": []}),
        httpx.Response(200, text="?"),
        httpx.Response(404),
    ],
)
async def test_without_id_it_answers_and_says_so(id_answer: httpx.Response | None) -> None:
    async with client_of(service(id_answer)) as client:
        answer = await client.post("/v1/captions", content=body("scene.jpg"), headers=JPEG)
    check(answer)
    said = answer.json()
    assert (said["id"], said["degraded"]) == (None, ["id"])
    assert said["captions"]


async def test_a_full_queue_is_answered_at_once() -> None:
    async with client_of(service(lanes=1, waiting=1)) as client:
        posts = [client.post("/v1/captions", content=body("scene.jpg"), headers=JPEG) for _ in range(12)]
        answers = await asyncio.gather(*posts)
        metrics = (await client.get("/metrics")).text
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {200, 503}
    refused = next(answer for answer in answers if answer.status_code == 503)
    check(refused)
    assert int(refused.headers["Retry-After"]) >= 1
    assert f'caption_refusals_total{{reason="queue full"}} {statuses.count(503)}.0' in metrics


async def test_a_deadline_that_cannot_be_met_is_not_waited_for(client: httpx.AsyncClient) -> None:
    headers = JPEG | {"X-Request-Deadline-Ms": "1"}
    answer = await client.post("/v1/captions", content=body("scene.jpg"), headers=headers)
    assert (answer.status_code, answer.json()["cause"]) == (408, "caller")
    check(answer)


async def test_tells_about_its_model(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/model")
    check(answer, "/v1/model", "get")
    about = answer.json()
    assert about["name"] == "scenes"
    assert about["runtime"].startswith("LiteRT")
    assert {"encoder.tflite", "decoder.tflite", "words.txt", "model.json"} <= set(about["files"])


async def test_measures_every_stage(client: httpx.AsyncClient) -> None:
    await client.post("/v1/captions", content=body("scene.jpg"), headers=JPEG)
    await client.post("/v1/captions", content=body("photo-cat.jpg"), headers=JPEG)
    text = (await client.get("/metrics")).text
    for stage in ("wait", "open", "frame", "encode", "decode", "label"):
        assert f'caption_stage_seconds_count{{stage="{stage}"}}' in text
    assert 'captions_total{source="scenes"} 1.0' in text
    assert 'captions_total{source="labels"} 1.0' in text
    assert "caption_queue_length 0.0" in text


async def test_is_ready_only_when_the_model_has_run() -> None:
    starting = service()
    assert starting.not_ready_because() == "starting"
    async with client_of(starting) as client:
        assert (await client.get("/readyz")).status_code == 200


async def test_the_committed_description_is_generated_and_served(client: httpx.AsyncClient) -> None:
    check_committed(service(), DESCRIPTION)
    assert (await client.get("/openapi.json")).content == DESCRIPTION.read_bytes()


def test_the_model_is_small_enough_for_a_repository() -> None:
    model = Path(DESCRIPTION.parent / "caption_service" / "model")
    assert sum(file.stat().st_size for file in model.iterdir()) <= 8_000_000
