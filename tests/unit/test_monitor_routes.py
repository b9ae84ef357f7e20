"""Every way to tell people, each against a receiver on loopback that takes what the real one takes."""

import asyncio
import http.server
import json
import socketserver
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_string
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import hostile_server as hostile
import pytest
from watched_services import BAD, OWNERS, given, service, watching

from oneway.application.watch_services import _beat
from oneway.errors import UsageError
from oneway.model import AlertRoute, Check, Duration, Expect, Heartbeat, Monitoring, Platform, Request, System
from oneway.monitor.alert import alert
from oneway.monitor.board import Board
from oneway.monitor.core.incidents import Incident, Message, Told
from oneway.monitor.live_survey import Presence, Survey
from oneway.monitor.routes import Undelivered, process_environment, routes_of

pytestmark = pytest.mark.timeout(120)
HOSTILE = 'says "<b>5 €</b>" & more\r\nBcc: everybody@example.org\n'


def told(kind: Told = Told.OPENED, **fields: Any) -> dict[str, Any]:
    """An alert of the service `base`, which Ann owns, with a reason that no receiver may take for its own syntax."""
    owners = fields.pop("owners", OWNERS)
    system = System(Platform(api_version="oneway/v1", name="p", owners=owners), {}, {}, "")
    board = Board(system, Survey({"base": Presence("base", service("base"))}))
    incident = Incident("base-1", "base", "fails", 1000.0, reason=HOSTILE, blocked=("door",), sequence=1, **fields)
    return alert(board, Message(kind, incident, 2000.0))


def deliver(route: AlertRoute, body: dict[str, Any], **environment: str) -> None:
    routes = routes_of(Monitoring(alerts={"it": route}), environment)

    async def send() -> None:
        await routes["it"](body)

    asyncio.run(send())


@dataclass
class Posted:
    """What a receiver of HTTP got, and what it answers."""

    status: int = 204
    got: list[tuple[str, Any, dict[str, str]]] = field(default_factory=list)


@contextmanager
def receiver() -> Iterator[tuple[str, Posted]]:
    posted = Posted()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            posted.got.append((self.path, body, {name.lower(): value for name, value in self.headers.items()}))
            self._end()

        def do_GET(self) -> None:
            posted.got.append((self.path, None, {}))
            self._end()

        def _end(self) -> None:
            self.send_response(posted.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", posted
    finally:
        server.shutdown()
        server.server_close()


def test_a_webhook_gets_the_whole_alert_with_its_key() -> None:
    with receiver() as (url, posted):
        deliver(AlertRoute(kind="webhook", url=url + "/${TOKEN}/hook"), told(), TOKEN="s3cret")
    ((path, body, headers),) = posted.got
    assert path == "/s3cret/hook"
    assert headers["idempotency-key"] == body["id"] == "base-1-1"
    assert (body["cause"], body["blocked"], body["owner"]["name"], body["backup"]["name"]) == (
        "base",
        ["door"],
        "Ann",
        "Bob",
    )
    assert body["reason"] == HOSTILE


def test_slack_gets_text_without_markup() -> None:
    with receiver() as (url, posted):
        deliver(AlertRoute(kind="slack", url=url), told())
    text = posted.got[0][1]["text"]
    assert "&lt;b&gt;5 €&lt;/b&gt;&quot;" in text or "&lt;b&gt;5 €&lt;/b&gt;" in text
    assert "<" not in text
    assert "blocked: door" in text


def test_teams_gets_a_card() -> None:
    with receiver() as (url, posted):
        deliver(AlertRoute(kind="teams", url=url), told())
    (attachment,) = posted.got[0][1]["attachments"]
    assert attachment["content"]["type"] == "AdaptiveCard"
    facts = {each["title"]: each["value"] for each in attachment["content"]["body"][1]["facts"]}
    assert (facts["owner"], facts["blocked"], facts["its logs"]) == ("Ann", "door", "platform logs base")


@pytest.mark.parametrize("address", ["", "/", "/api/v2/alerts"])
def test_alertmanager_keeps_an_alert_open_until_it_is_resolved(address: str) -> None:
    with receiver() as (url, posted):
        for kind in (Told.OPENED, Told.RESOLVED):
            deliver(AlertRoute(kind="alertmanager", url=url + address), told(kind))
    (opened,), (resolved,) = (body for _, body, _ in posted.got)
    assert {path for path, _, _ in posted.got} == {"/api/v2/alerts"}
    assert opened["labels"] == resolved["labels"], "it knows it again by these"
    assert opened["labels"]["incident"] == "base-1"
    assert opened["startsAt"] == "1970-01-01T00:16:40Z"
    assert opened["endsAt"] > "1970-01-02", "without an end it would be over after five minutes"
    assert resolved["endsAt"] == "1970-01-01T00:33:20Z"


@dataclass
class Mailbox:
    """What a mail server got."""

    mails: list[tuple[list[str], str]] = field(default_factory=list)
    refuse: bool = False


@contextmanager
def mail_server() -> Iterator[tuple[int, Mailbox]]:
    box = Mailbox()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            to: list[str] = []
            self._say("220 ready")
            while line := self.rfile.readline().decode().strip():
                verb = line.upper()
                if verb.startswith("RCPT"):
                    to.append(line.partition("<")[2].partition(">")[0])
                if verb.startswith("MAIL") and box.refuse:
                    self._say("451 try again later")
                elif verb.startswith("DATA"):
                    self._say("354 go on")
                    lines = list(iter(lambda: self.rfile.readline().decode().rstrip("\r\n"), "."))
                    box.mails.append((to, "\n".join(lines)))
                    self._say("250 taken")
                else:
                    self._say("221 bye" if verb.startswith("QUIT") else "250 fine")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1], box
        server.shutdown()


def smtp(port: int) -> AlertRoute:
    return AlertRoute(kind="smtp", host="127.0.0.1", port=port, sender="monitor@example.org", tls=False)


@pytest.mark.parametrize(
    ("kind", "owners", "recipients"),
    [
        (Told.OPENED, OWNERS, ["ann@example.org"]),
        (
            Told.ESCALATED,
            {**OWNERS, "bob": type(OWNERS["bob"])(name="Bob", email="bob@example.org")},
            ["ann@example.org", "bob@example.org"],
        ),
        (
            Told.OPENED,
            {"ann": type(OWNERS["ann"])(backup="bob"), "bob": type(OWNERS["ann"])(email="bob@example.org")},
            ["bob@example.org"],
        ),
    ],
    ids=["owner", "escalated", "owner without address"],
)
def test_mail_goes_to_whom_it_concerns(kind: Told, owners: Any, recipients: list[str]) -> None:
    with mail_server() as (port, box):
        deliver(smtp(port), told(kind, owners=owners))
    ((to, text),) = box.mails
    assert to == recipients, "what an answer says is no header"
    mail = message_from_string(text)
    assert mail["Message-ID"] == "<base-1-1@oneway>"
    assert "5 €" in str(make_header(decode_header(mail["Subject"])))
    assert mail["Bcc"] is None


def test_a_mail_server_that_refuses_is_told_and_tried_again() -> None:
    with mail_server() as (port, box):
        box.refuse = True
        with pytest.raises(Undelivered, match="the mail server did not take it"):
            deliver(smtp(port), told())
    with pytest.raises(Undelivered, match="nobody with an email owns base"):
        deliver(smtp(port), told(owners={}))


def test_a_command_gets_the_alert_and_says_how_it_went(tmp_path: Path) -> None:
    file = tmp_path / "alert.json"
    script = f"import sys; open({str(file)!r}, 'w').write(sys.stdin.read())"
    deliver(AlertRoute(kind="command", run=(sys.executable, "-c", script)), told())
    assert json.loads(file.read_text())["cause"] == "base"
    for words, reason in (
        ((sys.executable, "-c", "raise SystemExit(3)"), "exited with 3"),
        ((str(tmp_path / "none"),), "cannot be run: No such file or directory"),
    ):
        with pytest.raises(Undelivered, match=reason):
            deliver(AlertRoute(kind="command", run=words), told())


@pytest.mark.parametrize("status", [301, 400, 404, 429, 500, 503])
def test_what_a_receiver_does_not_take_is_undelivered(status: int) -> None:
    with receiver() as (url, posted):
        posted.status = status
        with pytest.raises(Undelivered, match=f"it was answered {status}"):
            deliver(AlertRoute(kind="webhook", url=url), told())


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1/${TOKEN}", "http://nowhere.invalid/${TOKEN}", "http://127.0.0.1:99999/${TOKEN}"]
)
def test_a_secret_of_an_address_is_in_no_message(url: str) -> None:
    with pytest.raises((Undelivered, UsageError)) as caught:
        deliver(AlertRoute(kind="slack", url=url), told(), TOKEN="s3cret")
    assert "s3cret" not in str(caught.value)


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(UsageError, match=r"monitoring.alerts.it.url is \$\{TOKEN\}, which is not set"):
        routes_of(Monitoring(alerts={"it": AlertRoute(kind="slack", url="https://x/${TOKEN}")}), {})
    assert "PATH" in process_environment()


@pytest.mark.parametrize("half", ['{"name": "\\ud800"}', '{"name": "\\udfff and more"}'])
def test_an_answer_that_no_file_can_hold_is_told_all_the_same(half: str, tmp_path: Path) -> None:
    """JSON may name half of a character."""
    check = Check(name="answers", request=Request(path="/"), expect=Expect(body={"name": "x"}))
    with given(service("base", checks=(check,))) as found, watching(found, data=tmp_path / "m.db") as watcher:
        found.modes["base"] = hostile.answer(200, half.encode())
        watcher.until(lambda: bool(watcher.told.alerts), "it is told")
        watcher.looks(2)
        assert "expected" in watcher.told.alerts[0]["reason"]
        assert watcher.board.faults == {}


def test_receivers_that_take_nothing_are_shown() -> None:
    from watched_services import Told as Route

    with given(service("base")) as found, watching(found, told=Route(refusing=10_000)) as watcher:
        watcher.looks(1)
        found.modes["base"] = BAD
        watcher.until(lambda: "alerts" in watcher.board.faults, "it is shown")
        assert watcher.board.faults["alerts"] == "test does not take alerts: it was answered 500; it is tried again"


def test_the_heart_beats_only_while_the_loop_keeps_up() -> None:
    class Beating:
        def __init__(self, url: str) -> None:
            self.well = True
            self.monitoring = Monitoring(heartbeat=Heartbeat(url=url + "/${ID}", every=Duration(0.05)))
            self.board = Board(System(Platform(api_version="oneway/v1", name="p"), {}, {}, ""))

    async def main(engine: Any, posted: Posted) -> None:
        beating = asyncio.create_task(_beat(engine, {"ID": "me"}))
        async with asyncio.timeout(30):
            while len(posted.got) < 3:
                await asyncio.sleep(0.01)
            engine.well = False
            await asyncio.sleep(0.5)
            before = len(posted.got)
            await asyncio.sleep(0.5)
            assert len(posted.got) == before
            engine.well, posted.status = True, 204
            while len(posted.got) == before:
                await asyncio.sleep(0.01)
        beating.cancel()

    with receiver() as (url, posted):
        asyncio.run(main(Beating(url), posted))
    assert {path for path, _, _ in posted.got} == {"/me"}
