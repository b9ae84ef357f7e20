"""The gateway in front of a caption and the real id service: what comes through, and what each failure becomes."""

import hashlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest
from conformance import check_answer, check_committed
from service_process import REPOSITORY, Running, free_port, running, until
from stand_in_caption import JPEG

from gateway_service.app import create
from gateway_service.config import Config
from servicekit import Settings

DESCRIPTION = REPOSITORY / "services/gateway/openapi.json"
KEY = "a-key-that-only-alice-has"
PATH = "/v1/captions"
GENEROUS = {"PUBLIC_REQUESTS_PER_SECOND": "1000", "PUBLIC_BURST": "1000"}


def calls(caption: str, identity: str, timeout_ms: int = 1000) -> dict[str, str]:
    declared = {
        "caption": {"url": caption, "timeout_ms": timeout_ms},
        "id": {"url": identity, "timeout_ms": 500, "retries": 1, "required": False},
    }
    return {"ONEWAY_ENVIRONMENT": "test", "ONEWAY_CALLS": json.dumps(declared)}


@pytest.fixture(scope="module")
def callees(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    folder = tmp_path_factory.mktemp("callees")
    with (
        running("stand_in_caption:app", folder / "caption", path=Path(__file__).parent) as caption,
        running("id_service.app:app", folder / "id", {"ONEWAY_INSTANCE": "1"}) as identity,
    ):
        yield caption.url, identity.url


@contextmanager
def gateway(log: Path, environ: dict[str, str]) -> Iterator[tuple[Running, httpx.Client]]:
    with ExitStack() as stack:
        service = stack.enter_context(running("gateway_service.app:app", log, environ))
        client = httpx.Client(base_url=service.url, trust_env=False, timeout=20)
        yield service, stack.enter_context(client)


@pytest.fixture(scope="module")
def public(
    callees: tuple[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Running, httpx.Client]]:
    with gateway(tmp_path_factory.mktemp("public") / "log", calls(*callees) | GENEROUS) as opened:
        yield opened


@pytest.fixture(scope="module")
def client(public: tuple[Running, httpx.Client]) -> httpx.Client:
    return public[1]


def send(client: httpx.Client, order: str = "", **headers: str) -> httpx.Response:
    headers = {"Content-Type": "image/jpeg"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return client.post(PATH, content=JPEG + order.encode(), headers=headers)


def test_answers_what_caption_says_with_the_numbers_of_upload_and_request(client: httpx.Client) -> None:
    answer = send(client, "text:a dog on the moon", X_Request_ID="picture-1")
    document = answer.json()
    assert answer.status_code == 200
    assert document["captions"][0] == {"text": "a dog on the moon", "probability": 0.93}
    assert document["request_id"] == answer.headers["X-Request-ID"] == "picture-1"
    assert document["upload_id"].isdigit()
    assert int(document["upload_id"]) > int(document["id"])
    assert document["degraded"] == []
    check_answer(client, answer, PATH)


def test_a_form_goes_through_as_it_is(client: httpx.Client) -> None:
    answer = client.post(PATH, files={"file": ("x.jpg", JPEG, "image/jpeg")})
    assert answer.status_code == 200
    assert answer.json()["received"]["type"].startswith("multipart/form-data; boundary=")


def test_passes_on_the_request_id_the_deadline_and_the_options_but_no_key(client: httpx.Client) -> None:
    answer = client.post(
        PATH,
        params={"beams": "3", "max_words": "9", "other": "x"},
        content=JPEG,
        headers={
            "Content-Type": "image/PNG; a=b",
            "X-Request-ID": "r1",
            "X-Request-Deadline-Ms": "800",
            "X-API-Key": "k",
        },
    )
    received = answer.json()["received"]
    assert (received["type"], received["query"], received["request_id"]) == ("image/png", "beams=3&max_words=9", "r1")
    assert 0 < received["deadline_ms"] <= 800
    assert received["key"] is None


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_what_caption_refuses_is_refused_with_its_reason(client: httpx.Client, status: int) -> None:
    answer = send(client, f"status:{status}")
    assert (answer.status_code, answer.json()["detail"]) == (status, f"caption says {status}")
    check_answer(client, answer, PATH)


@pytest.mark.parametrize(
    ("order", "status", "detail"),
    [
        ("status:500", 502, "caption failed"),
        ("status:502", 502, "caption failed"),
        ("status:401", 502, "unexpected answer"),
        ("garbage:", 502, "JSON"),
        ("wait:30", 504, "within"),
    ],
)
def test_a_failure_of_caption_is_a_502_or_504_that_names_it(
    client: httpx.Client, order: str, status: int, detail: str
) -> None:
    answer = send(client, order)
    assert answer.status_code == status
    assert detail in answer.json()["detail"]
    assert answer.json()["callee"] == "caption"
    check_answer(client, answer, PATH)


def test_a_busy_caption_is_a_503_that_says_when_to_come_back(client: httpx.Client) -> None:
    answer = send(client, "status:503,7")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "7")


@pytest.mark.parametrize(("given", "status"), [("1", 408), ("150", 408), ("1000", 504)])
def test_a_deadline_that_is_not_met_is_answered_in_time(client: httpx.Client, given: str, status: int) -> None:
    """As the caller's fault, when it gave too little; also where caption was told of the deadline and said so."""
    answer = send(client, "wait:30", X_Request_Deadline_Ms=given)
    assert answer.status_code == status
    assert answer.elapsed.total_seconds() < int(given) / 1000 + 1
    check_answer(client, answer, PATH)


@pytest.mark.parametrize(
    "media_type",
    ["text/html", "", "image/gif", "application/x-www-form-urlencoded", "é", "multipart/form-data; boundary=é"],
)
def test_other_kinds_of_content_are_a_415_that_says_which_are_accepted(client: httpx.Client, media_type: str) -> None:
    answer = client.post(PATH, content=JPEG, headers={b"Content-Type": media_type.encode()})
    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == "image/jpeg, image/png, multipart/form-data"
    check_answer(client, answer, PATH)


def test_an_empty_body_is_a_400(client: httpx.Client) -> None:
    answer = client.post(PATH, headers={"Content-Type": "image/png"})
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")


def test_a_picture_above_the_limit_is_a_413_announced_or_not(client: httpx.Client) -> None:
    picture = JPEG + bytes(9 * 1024 * 1024)
    for content in (picture, iter([picture[:100], picture[100:]])):
        answer = client.post(PATH, content=content, headers={"Content-Type": "image/jpeg"})
        assert answer.status_code == 413
        assert answer.json()["limit_bytes"] == 8 * 1024 * 1024
        check_answer(client, answer, PATH)


def test_the_log_says_who_and_what_and_never_the_key(public: tuple[Running, httpx.Client]) -> None:
    service, client = public
    send(client, "text:a secret sentence", X_Request_ID="logged", X_API_Key="do-not-log-me")
    until(lambda: '"request_id": "logged"' in service.log.read_text())
    log = service.log.read_text()
    line = next(line for line in map(json.loads, log.splitlines()) if line.get("request_id") == "logged")
    assert (line["client"], line["picture_bytes"], line["status"]) == ("public", 26, 200)
    assert "no API keys are configured" in log
    assert "do-not-log-me" not in log
    assert "secret sentence" not in log


def test_limits_are_told(client: httpx.Client) -> None:
    answer = client.get("/v1/limits")
    assert answer.json()["key_required"] is False
    assert answer.json()["requests_per_second"] == 1000
    check_answer(client, answer, "/v1/limits")


def test_the_committed_description_is_generated_and_served(client: httpx.Client) -> None:
    check_committed(create(Settings("gateway"), Config()), DESCRIPTION)
    assert client.get("/openapi.json").content == DESCRIPTION.read_bytes()


def test_without_id_it_answers_all_the_same(callees: tuple[str, str], tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with gateway(tmp_path / "log", calls(callees[0], nobody) | GENEROUS) as (_, client):
        answer = send(client)
        assert (answer.status_code, answer.json()["upload_id"]) == (200, None)
        assert answer.json()["degraded"] == ["id"]
        check_answer(client, answer, PATH)


def test_without_caption_it_is_ready_but_answers_502(callees: tuple[str, str], tmp_path: Path) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    with gateway(tmp_path / "log", calls(nobody, callees[1]) | GENEROUS) as (_, client):
        assert send(client).status_code == 502
        assert client.get("/readyz").status_code == 200


def test_keys_let_their_holders_in_and_nobody_else(callees: tuple[str, str], tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(f"# holders\nalice:{hashlib.sha256(KEY.encode()).hexdigest()}\nbob:{'0' * 64}\n")
    with gateway(tmp_path / "log", calls(*callees) | {"API_KEYS_FILE": str(keys)}) as (service, client):
        assert send(client, X_API_Key=KEY).status_code == 200
        assert send(client, Authorization=f"Bearer {KEY}").status_code == 200
        for headers in ({}, {"X_API_Key": "wrong"}, {"Authorization": f"Basic {KEY}"}, {"X_API_Key": "0" * 64}):
            refused = send(client, **headers)
            assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, 'Bearer realm="captions"')
            check_answer(client, refused, PATH)
        assert client.get("/v1/limits").json()["key_required"] is True
        assert '"client": "alice"' in service.log.read_text()


def test_too_many_requests_are_a_429_that_says_when_to_come_back(callees: tuple[str, str], tmp_path: Path) -> None:
    environ = {"PUBLIC_REQUESTS_PER_SECOND": "0.1", "PUBLIC_BURST": "3"}
    with gateway(tmp_path / "log", calls(*callees) | environ) as (_, client):
        answers = [send(client) for _ in range(5)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
        assert 1 <= int(answers[-1].headers["Retry-After"]) <= 10
        check_answer(client, answers[-1], PATH)
        assert client.get("/v1/limits").status_code == 200


def test_pictures_in_memory_are_bounded_over_all_requests(callees: tuple[str, str], tmp_path: Path) -> None:
    environ = {"MAX_PICTURE_BYTES": "1000000", "MAX_MEMORY_BYTES": "1000000"} | GENEROUS
    with gateway(tmp_path / "log", calls(*callees) | environ) as (service, client):
        head = b"POST /v1/captions HTTP/1.1\r\nHost: x\r\nContent-Type: image/jpeg\r\nContent-Length: 900000\r\n\r\n"
        with socket.create_connection(("127.0.0.1", service.port)) as slow:
            slow.sendall(head + bytes(600_000))
            until(lambda: "gateway_picture_bytes 600000.0" in client.get("/metrics").text)
            answer = client.post(PATH, content=JPEG + bytes(500_000), headers={"Content-Type": "image/jpeg"})
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
            slow.sendall(bytes(300_000))
            assert slow.recv(100).startswith(b"HTTP/1.1 200")
        picture = JPEG + bytes(900_000)
        assert client.post(PATH, content=picture, headers={"Content-Type": "image/jpeg"}).status_code == 200
