"""Who is believed, who is let in, and what of a request is written down."""

import json
import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel
from service_process import Running, running, until
from starlette.requests import Request

from servicekit import Problem, Service, Settings, SettingsError
from servicekit.testing import ask

PLAIN = Settings("shop", environment="test")
GUARDED = Settings("shop", environment="test", hosts=("shop.example.com", "*.example.org"))
SECRETS = ("s3cret-header", "s3cret-query", "s3cret-path", "s3cret-cookie", "s3cret-bearer")


class Order(BaseModel):
    """An order."""

    pieces: int


def shop(settings: Settings = PLAIN) -> Service:
    service = Service(settings)
    inner = FastAPI()
    service.mount("/inner", inner)

    @service.post("/orders/{name}")
    async def order(name: str, request: Request, order: Order) -> Order:
        if order.pieces == 1:
            raise ValueError(f"{dict(request.headers)} {request.query_params} {name}")
        if order.pieces == 2:
            raise Problem(409, f"{name} was ordered before, with {request.query_params.get('token')}")
        if order.pieces == 3:
            raise HTTPException(418, "short and stout")
        return order

    @inner.get("/{kind}")
    async def fail(kind: str) -> None:
        raise {"problem": Problem(403, "not here"), "http": HTTPException(402, "pay"), "other": KeyError("x")}[kind]

    return service


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("shop.example.com", 404),
        ("SHOP.example.com:8080", 404),
        ("a.b.example.org", 404),
        ("127.0.0.1:8080", 404),
        ("[::1]:8080", 404),
        ("localhost:8080", 404),
        ("shop", 404),
        ("shop.prod.svc.cluster.local:80", 404),
        ("example.org", 421),
        ("evil.test", 421),
        ("shop.example.com.evil.test", 421),
        ("evilexample.org", 421),
        ("shop.evil.test", 421),
        ("", 421),
    ],
)
def test_only_the_hosts_of_the_list_are_answered_for(host: str, status: int) -> None:
    answer = ask(shop(GUARDED), "GET", "/nowhere", headers={"Host": host})
    assert (answer.status_code, answer.json()["status"]) == (status, status)
    assert ask(shop(), "GET", "/nowhere", headers={"Host": host}).status_code == 404
    assert ask(shop(GUARDED), "GET", "/readyz", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("name", ["ONEWAY_HOSTS", "ONEWAY_TRUSTED_PROXIES"])
@pytest.mark.parametrize("word", ["*", "http://x", "a b", "10.0.0.0/40", "host:80", "*."])
def test_a_list_that_makes_no_sense_is_refused(name: str, word: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} has "):
        Settings.from_environment("x", {name: f"10.0.0.1,{word}" if name != "ONEWAY_HOSTS" else f"a.test,{word}"})


@pytest.mark.parametrize("header", ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host"])
def test_operators_ask_a_replica_directly(header: str) -> None:
    passed_on = {header: "192.0.2.1"}
    assert ask(shop(), "GET", "/metrics").status_code == 200
    assert ask(shop(), "GET", "/metrics", headers=passed_on).status_code == 404
    broken = Service(PLAIN, ready=lambda: "the disk of db-3 is full")
    assert "db-3" in ask(broken, "GET", "/readyz").text
    hidden = ask(broken, "GET", "/readyz", headers=passed_on)
    assert (hidden.status_code, hidden.text) == (503, "not ready\n")


def send(pieces: object) -> httpx.Response:
    return ask(
        shop(),
        "POST",
        "/orders/s3cret-path?token=s3cret-query&x=%73%33cret-query",
        json={"pieces": pieces},
        headers={"X-Api-Key": "s3cret-header", "Cookie": "a=s3cret-cookie", "Authorization": "Bearer s3cret-bearer"},
    )


@pytest.mark.parametrize(("pieces", "status"), [(1, 500), (2, 409), (3, 418), (4, 200), ("s3cret-query", 400)])
def test_nothing_that_was_sent_is_logged(caplog: pytest.LogCaptureFixture, pieces: object, status: int) -> None:
    caplog.set_level(logging.INFO, "servicekit")
    answer = send(pieces)
    assert answer.status_code == status
    written = [record for record in caplog.records if record.name == "servicekit"]
    assert any(record.message == "request" for record in written)
    text = "".join(
        f"{record.message}{record.__dict__.get('fields')}"
        f"{''.join(traceback.format_exception(*record.exc_info)) if record.exc_info else ''}"
        for record in written
    )
    assert [secret for secret in SECRETS if secret in text] == []
    assert status != 500 or "ValueError" in text


def test_what_does_not_validate_is_named_but_not_repeated() -> None:
    answer = send("s3cret-query")
    assert answer.json()["errors"][0]["where"] == "body pieces"
    assert "integer" in answer.json()["errors"][0]["expected"]
    assert "s3cret" not in answer.text


@pytest.mark.parametrize(("kind", "status"), [("problem", 403), ("http", 402), ("other", 500)])
def test_mounted_applications_answer_problems_too(kind: str, status: int) -> None:
    answer = ask(shop(), "GET", f"/inner/{kind}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")
    assert answer.json()["request_id"] == answer.headers["X-Request-ID"]


def test_a_body_that_is_too_large_is_a_413_where_a_model_is_read() -> None:
    answer = ask(shop(), "POST", "/orders/x", content=b" " * 2_000_000, headers={"Content-Type": "application/json"})
    assert answer.status_code == 413


@pytest.fixture(scope="module", params=["", "127.0.0.1", "10.0.0.0/8"])
def service(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, str]]:
    declared = {
        "caption": {"url": "http://127.0.0.1:9", "timeout_ms": 1000},
        "id": {"url": "http://127.0.0.1:9", "timeout_ms": 1000},
    }
    environ = {
        "ONEWAY_TRUSTED_PROXIES": request.param,
        "ONEWAY_CALLS": json.dumps(declared),
        "PUBLIC_BURST": "1",
        "PUBLIC_REQUESTS_PER_SECOND": "0.01",
    }
    with running("gateway_service.app:app", tmp_path_factory.mktemp("gateway") / "log", environ) as service:
        yield service, request.param


def test_only_a_trusted_proxy_says_who_the_client_is(service: tuple[Running, str]) -> None:
    """A client of its own for each address that is believed: a rate of its own."""
    gateway, trusted = service
    answers = [
        httpx.post(
            f"{gateway.url}/v1/captions",
            content=b"x",
            headers={"Content-Type": "image/png", "X-Forwarded-For": f"192.0.2.{n}"},
            trust_env=False,
        ).status_code
        for n in range(3)
    ]
    assert answers == ([502] * 3 if trusted == "127.0.0.1" else [502, 429, 429])
    until(lambda: gateway.log.read_text().count('"message": "request"') == 3)
    assert "192.0.2." not in gateway.log.read_text()


def test_the_log_of_a_service_has_a_line_for_each_request_at_once(tmp_path: Path) -> None:
    with running("sample_service:app", tmp_path / "log", path=Path(__file__).parent) as sample:
        for number in range(5):
            httpx.get(f"{sample.url}/slow", trust_env=False)
            until(lambda: sample.log.read_text().count('"message": "request"') == number + 1)  # noqa: B023
        assert [json.loads(line)["status"] for line in sample.log.read_text().splitlines() if '"request"' in line] == [
            200
        ] * 5
