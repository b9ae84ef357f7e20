"""The page and the API over a real socket: true, safe, asked under known names alone."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import hostile_server as hostile
import pytest
from watched_page import page_of
from watched_services import BAD, Call, Watcher, given, service, watching

from oneway.errors import OnewayError
from oneway.model import Check, Request
from oneway.monitor.states import State, service_state
from oneway.monitor.watch_memory import Memory
from oneway.monitor.web.server import listen

pytestmark = pytest.mark.timeout(60)
HOSTILE = '<script>alert("1")</script>'


def ask(port: int, path: str, method: str = "GET", body: Any = None, **headers: str) -> tuple[int, str, dict[str, str]]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        fields.setdefault("Content-Type", "application/json")
    connection.request(method, path, None if body is None else json.dumps(body), fields)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text, {name.lower(): value for name, value in answer.getheaders()}


@contextmanager
def failing(tmp_path: Any = None) -> Iterator[Watcher]:
    """A door that is public and blocked by `base`, whose answers are hostile."""
    door = service("door", Call(to="base"))
    base = service("base", checks=(Check(name=HOSTILE, request=Request(path="/")),))
    data = None if tmp_path is None else tmp_path / "m.db"
    with given(door, base) as found, watching(found, data=data) as watcher:
        watcher.looks(2)
        found.modes |= {"base": hostile.answer(500, HOSTILE.encode()), "door": BAD}
        watcher.until(lambda: bool(watcher.told.alerts), "it is told")
        watcher.until(lambda: service_state(watcher.board, "door").state is State.BLOCKED, "the door is blocked")
        yield watcher


def test_the_page_says_what_fails_and_takes_no_text_for_markup() -> None:
    with failing() as watcher, page_of(watcher) as port:
        status, text, headers = ask(port, "/")
        assert status == 200
        assert "blocked by base" in text
        assert "<title>✕ p: fails</title>" in text
        assert HOSTILE not in text
        assert "&lt;script&gt;" in text
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "server" not in headers
        assert ask(port, "/static/monitor.js")[0] == 200


def test_every_reading_address_answers_get_and_head() -> None:
    with failing() as watcher, page_of(watcher) as port:
        for path in ("/", "/status.json", "/metrics", "/livez", "/badge/base.svg", "/openapi.json", "/api/v1/services"):
            got, there = ask(port, path), ask(port, path, "HEAD")
            assert there[0] == got[0], path
            assert there[1] == ""
            assert got[1] != ""


def test_status_json_is_versioned_and_red_when_something_fails() -> None:
    with failing() as watcher, page_of(watcher) as port:
        status, text, _ = ask(port, "/status.json")
        found = json.loads(text)
        assert status == 503
        assert (found["version"], found["health"], found["state"]) == (2, "bad", "fails")
        states = {each["service"]: (each["state"], each["by"]) for each in found["services"]}
        assert states == {"base": ("fails", []), "door": ("blocked", ["base"])}
        (base,) = [each for each in found["checks"] if each["service"] == "base"]
        assert base["failures"][0]["expected"] == "200"
        assert found["incidents"][0]["blocked"] == ["door"]


def test_what_is_secret_in_an_answer_is_nowhere(tmp_path: Any) -> None:
    hidden = "hush-4711-0815"

    with given(service("base")) as found, watching(found, data=tmp_path / "m.db") as watcher:
        found.secret = hidden
        found.modes["base"] = hostile.answer(500, f"the word is {hidden}".encode())
        watcher.until(lambda: bool(watcher.told.alerts), "it is told")
        with page_of(watcher) as port:
            texts = [ask(port, path)[1] for path in ("/", "/status.json", "/api/v1/services/base", "/api/v1/incidents")]
        found_in = [each for each in [*texts, json.dumps(watcher.told.alerts)] if hidden in each]
        assert (found_in, "the word is [secret]" in texts[1]) == ([], True)


def test_metrics_tell_bad_from_not_known() -> None:
    with failing() as watcher, page_of(watcher) as port:
        text = ask(port, "/metrics")[1]
        assert 'oneway_check_good{check="answers",service="door"} 0.0' in text
        assert 'oneway_service_state{service="door",state="blocked"} 1.0' in text
        assert "oneway_monitor_lateness_seconds" in text
        assert "oneway_looks_total" in text
        watcher.engine.board.standings.clear()
        assert "oneway_check_good{" not in ask(port, "/metrics")[1]


@pytest.mark.parametrize("host", ["evil.example.org", "127.0.0.1.evil.example.org", "", "localhost@evil", "[::2]:80"])
def test_other_names_are_refused(host: str) -> None:
    with given(service("base")) as found, watching(found) as watcher, page_of(watcher) as port:
        assert ask(port, "/", Host=host)[0] == 421
        assert ask(port, "/status.json", Host=host)[0] == 421
        for known in ("localhost", f"localhost:{port}", "LOCALHOST", "[::1]:80"):
            assert ask(port, "/livez", Host=known)[0] == 200


def test_orders_come_from_the_page_alone_and_are_kept(tmp_path: Any) -> None:
    with failing(tmp_path) as watcher, page_of(watcher) as port:
        (incident,) = json.loads(ask(port, "/status.json")[1])["incidents"]
        path = f"/api/v1/incidents/{incident['id']}/acknowledge"
        assert ask(port, path, "POST", {"who": "ann"}, Origin="http://evil.example.org")[0] == 403
        assert ask(port, path, "POST", {"who": "ann"}, Content_Type="text/plain")[0] == 403
        assert ask(port, path, "POST", {"who": ""})[0] == 422
        assert ask(port, "/api/v1/incidents/none/acknowledge", "POST", {"who": "ann"})[0] == 404
        assert ask(port, path, "POST", {"who": "ann"}, Origin=f"http://127.0.0.1:{port}")[0] == 200
        watcher.until(lambda: watcher.board.incidents["base"].acknowledged == "ann", "it is taken on")
        assert ask(port, "/api/v1/services/base/silence", "POST", {"seconds": 60, "who": "ann"})[0] == 200
        watcher.until(lambda: bool(watcher.board.silences), "it is silenced")
        assert [each.service for each in Memory(tmp_path / "m.db").silences()] == ["base"]


def test_the_public_page_shows_states_of_public_services_and_no_more() -> None:
    with failing() as watcher, page_of(watcher, public=True) as port:
        text = ask(port, "/status.json")[1]
        found = json.loads(text)
        assert [each["service"] for each in found["services"]] == ["door"]
        assert found["services"][0]["state"] == "blocked"
        for word in ("base", "ann", "broken", "platform logs"):
            assert word not in text
            assert word not in ask(port, "/")[1].split("<style>")[0] + ask(port, "/")[1].split("</style>")[1]
        assert ask(port, "/metrics")[0] == ask(port, "/openapi.json")[0] == ask(port, "/badge/base.svg")[0] == 404
        assert ask(port, "/api/v1/incidents")[0] == 404


def test_events_push_the_status() -> None:
    with failing() as watcher, page_of(watcher) as port:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        connection.request("GET", "/events")
        answer = connection.getresponse()
        assert answer.getheader("Content-Type", "").startswith("text/event-stream")
        line = answer.readline().decode()
        assert json.loads(line.removeprefix("data: "))["platform"] == "p"
        connection.close()


def test_livez_says_when_the_loop_does_not_keep_up() -> None:
    with given(service("base")) as found, watching(found) as watcher, page_of(watcher) as port:
        watcher.looks(1)
        assert ask(port, "/livez")[0] == 200
        watcher.engine.board.due[("base", "ghost")] = watcher.engine.clock.now() - 10
        watcher.engine.board.paces[("base", "ghost")] = watcher.engine.board.paces[("base", "answers")]
        status, text, _ = ask(port, "/livez")
        assert status == 503
        assert "intervals late" in text


def test_a_taken_port_is_said() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(OnewayError, match="cannot listen"):
        listen("127.0.0.1", taken.getsockname()[1])
