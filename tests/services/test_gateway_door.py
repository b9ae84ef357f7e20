"""The gateway's door as callers meet it: keys that change while it runs, limits that are told, other origins, ids."""

import asyncio
import hashlib
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from conformance import check_answer
from lease_stores import redis_server
from service_process import until
from test_gateway_captions import GENEROUS, callees, calls, gateway, send

from gateway_service.app import create
from gateway_service.config import Config
from gateway_service.limits import DAY, PER_DAY, PER_RATE, Rate, RateLimiter, Terms
from gateway_service.shared_limits import shared_limiter
from servicekit import Settings, SettingsError
from servicekit.testing import ask

__all__ = ["callees"]

OLD, NEW = "the-old-key-of-alice", "the-new-key-of-alice"
ORIGIN = "https://app.example.com"


def entry(name: str, key: str, terms: str = "") -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()} {terms}\n"


@pytest.fixture(scope="module")
def client(callees: tuple[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with gateway(tmp_path_factory.mktemp("door") / "log", calls(*callees) | GENEROUS) as (_, client):
        yield client


def test_a_key_is_exchanged_and_taken_away_while_it_runs(callees: tuple[str, str], tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    keys.write_text(entry("alice", OLD))
    with gateway(tmp_path / "log", calls(*callees) | {"API_KEYS_FILE": str(keys)}) as (service, client):
        assert [send(client, X_API_Key=key).status_code for key in (OLD, NEW)] == [200, 401]
        keys.write_text(entry("alice", OLD) + entry("alice", NEW))
        until(lambda: send(client, X_API_Key=NEW).status_code == 200)
        assert send(client, X_API_Key=OLD).status_code == 200
        keys.write_text(entry("alice", NEW))
        until(lambda: send(client, X_API_Key=OLD).status_code == 401)
        keys.write_text("")
        until(lambda: send(client, X_API_Key=NEW).status_code == 401)
        assert client.get("/v1/limits").json()["key_required"] is True
        log = service.log.read_text()
        assert OLD not in log
        assert NEW not in log
        assert hashlib.sha256(OLD.encode()).hexdigest() not in log


def test_every_counted_answer_says_how_the_limits_stand(callees: tuple[str, str], tmp_path: Path) -> None:
    environ = {"API_KEYS": entry("alice", OLD, "rate=0.01 burst=3 per_day=100").strip()}
    with gateway(tmp_path / "log", calls(*callees) | environ) as (_, client):
        answers = [send(client, order, X_API_Key=OLD) for order in ("", "status:422", "status:500", "")]
        assert [answer.status_code for answer in answers] == [200, 422, 502, 429]
        assert {answer.headers["RateLimit-Policy"] for answer in answers} == {'"rate";q=3;w=300, "day";q=100;w=86400'}
        assert [answer.headers["RateLimit"].split(";")[1] for answer in answers] == ["r=2", "r=1", "r=0", "r=0"]
        assert '"day";r=97;' in answers[-1].headers["RateLimit"]
        assert int(answers[-1].headers["Retry-After"]) > 90
        assert '"rate";q=20;w=10' in send(client, X_API_Key="nobody's").headers["RateLimit-Policy"]
        told = client.get("/v1/limits", headers={"X-API-Key": OLD}).json()
        assert (told["requests_per_second"], told["burst"], told["requests_per_day"]) == (0.01, 3, 100)
        assert (client.get("/v1/limits").json()["requests_per_day"], told["counted_by"]) == (None, "replica")


def test_ids_come_through_the_door(client: httpx.Client) -> None:
    answer = client.post("/v1/ids", params={"count": 3})
    ids = answer.json()["ids"]
    assert len(set(ids)) == 3
    assert "RateLimit" in answer.headers
    check_answer(client, answer, "/v1/ids")
    held = client.get(f"/v1/ids/{ids[0]}")
    assert (held.status_code, held.json()["id"]) == (200, ids[0])
    check_answer(client, held, "/v1/ids/{id}")
    for count in ("0", "1001", "x"):
        assert client.post("/v1/ids", params={"count": count}).status_code == 400
    for number in (-1, 2**63, "x"):
        assert client.get(f"/v1/ids/{number}").status_code == 400


SECURE = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "X-Frame-Options": "DENY",
}


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/docs", 200),
        ("GET", "/static/page.js", 200),
        ("GET", "/v1/limits", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/livez", 200),
        ("GET", "/nowhere", 404),
        ("DELETE", "/v1/captions", 405),
        ("POST", "/v1/captions", 415),
        ("POST", "/v1/ids?count=x", 400),
        ("OPTIONS", "/v1/captions", 405),
    ],
)
def test_every_answer_has_its_security_headers_and_every_error_is_a_problem(
    client: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = client.request(method, path, headers={"Origin": ORIGIN})
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in SECURE} == SECURE
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert not [name for name in answer.headers if name.startswith("access-control-")], "no page elsewhere may read it"
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"


def test_pages_of_named_origins_may_ask_and_no_others() -> None:
    service = create(Settings("gateway"), Config(origins=(ORIGIN,)))
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "X-API-Key"}
    let_in = ask(service, "OPTIONS", "/v1/captions", headers={"Origin": ORIGIN, **preflight})
    assert (let_in.status_code, let_in.headers["Access-Control-Allow-Origin"]) == (200, ORIGIN)
    told = ask(service, "GET", "/v1/limits", headers={"Origin": ORIGIN})
    assert "RateLimit" in told.headers["Access-Control-Expose-Headers"]
    other = ask(service, "GET", "/v1/limits", headers={"Origin": "https://app.example.com.evil.example"})
    assert "Access-Control-Allow-Origin" not in other.headers


@pytest.mark.parametrize("origins", ["*", "null", "app.example.com", "https://*.example.com", "https://a.example/x"])
def test_origins_are_named_one_by_one(origins: str) -> None:
    with pytest.raises(SettingsError, match="CORS_ORIGINS"):
        Config.from_environment({"CORS_ORIGINS": f"{ORIGIN},{origins}"})


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "state.example.com", "https://user:word@state.example.com/"]
)
def test_a_link_leads_to_an_address(address: str) -> None:
    with pytest.raises(SettingsError, match="STATE_URL must be an address") as refused:
        Config.from_environment({"STATE_URL": address})
    assert "word" not in str(refused.value)


def test_the_page_has_the_links_that_it_is_given() -> None:
    links = Config.from_environment({"STATE_URL": "https://state.example.com/?a=1&b=2"}).links
    page = ask(create(Settings("gateway"), Config(links=links)), "GET", "/").text
    assert '<a href="https://state.example.com/?a=1&amp;b=2">State</a>' in page
    assert '<a href="/docs">API</a>' in page
    assert "Architecture" not in page


def test_a_callee_that_fails_again_and_again_is_left_alone_and_tried_again(
    callees: tuple[str, str], tmp_path: Path
) -> None:
    with gateway(tmp_path / "log", calls(*callees) | GENEROUS) as (_, client):
        told = [send(client, "status:500").status_code for _ in range(40)]
        assert set(told) == {502, 503}
        assert told[:10] == [502] * 10
        refused = next(answer for answer in iter(lambda: send(client, "status:500"), None) if answer.status_code == 503)
        assert refused.headers["Retry-After"]
        assert 'call_breaker_open{callee="caption"} 1.0' in client.get("/metrics").text
        until(lambda: send(client).status_code == 200)
        assert [send(client).status_code for _ in range(5)] == [200] * 5
        assert 'call_breaker_open{callee="caption"} 0.0' in client.get("/metrics").text


def test_what_callers_cause_leaves_no_callee_alone(client: httpx.Client) -> None:
    for order, deadline in (("status:422", "5000"), ("wait:5", "100"), ("status:429", "5000")):
        for _ in range(12):
            send(client, order, X_Request_Deadline_Ms=deadline)
    assert send(client).status_code == 200


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with redis_server(tmp_path_factory.mktemp("redis")) as address:
        yield address


def test_replicas_count_together_in_a_store(redis: str) -> None:
    async def taken() -> None:
        one, two = shared_limiter(redis, RateLimiter()), shared_limiter(redis, RateLimiter())
        terms = Terms(Rate(0.01, 4), per_day=100)
        told = [await (one, two)[at % 2].take("key alice", terms) for at in range(6)]
        assert [each.refused_by for each in told] == ["", "", "", "", PER_RATE, PER_RATE]
        assert [each.policies[0].remaining for each in told[:4]] == [3, 2, 1, 0]
        assert (await two.take("key bob", terms)).wait == 0
        terms = Terms(Rate(1000, 1000), per_day=3)
        told = [await (one, two)[at % 2].take("key carol", terms) for at in range(4)]
        assert [each.refused_by for each in told] == ["", "", "", PER_DAY]
        assert 0 < told[-1].wait <= DAY

    asyncio.run(taken())


def test_without_its_store_each_replica_counts_alone_and_says_so(caplog: pytest.LogCaptureFixture) -> None:
    async def taken() -> list[str]:
        limiter = shared_limiter("redis://:hunter2-hunter2@127.0.0.1:1/0", RateLimiter())
        return [(await limiter.take("key alice", Terms(Rate(0.01, 2)))).refused_by for _ in range(4)]

    assert asyncio.run(taken()) == ["", "", PER_RATE, PER_RATE]
    assert "each replica counts alone" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    "address",
    [
        "nonsense://:hunter2@x",
        "redis://:hunter2@[::",
        "redis://:hunter2@x:port",
        "redis://:hunter2@x/one",
        "memory://",
        "memcached://hunter2",
        "hunter2",
        "",
    ],
)
def test_an_address_of_a_store_that_makes_no_sense_is_refused_and_not_shown(address: str) -> None:
    if not address:
        assert Config.from_environment({"RATE_LIMIT_STORE": address}).limit_store == ""
        return
    config = Config.from_environment({"RATE_LIMIT_STORE": address})
    assert "hunter2" not in repr(config)
    with pytest.raises(SettingsError, match="RATE_LIMIT_STORE is no address") as refused:
        create(Settings("gateway"), config)
    assert "hunter2" not in str(refused.value)


def test_limits_say_that_they_are_shared(redis: str) -> None:
    told = ask(create(Settings("gateway"), Config(limit_store=redis)), "GET", "/v1/limits").json()
    assert told["counted_by"] == "all replicas"
