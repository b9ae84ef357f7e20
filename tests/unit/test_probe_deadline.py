"""One deadline for everything that is asked: whoever answers slowly, endlessly or never holds nobody."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import hostile_server as hostile
import pytest

from oneway.model import Check, Expect, Request
from oneway.probe import Address, Answer, HttpSend, NoAnswer, Outgoing, Sessions, Verdict, attended, run_check

ENDLESS = [
    hostile.drip_head,
    hostile.drip_first_line,
    hostile.drip_interim,
    hostile.drip_body,
    hostile.drip_chunks,
    hostile.stream_events,
    hostile.say_nothing,
]


def get(timeout: float, head: bool = False) -> Outgoing:
    return Outgoing("GET", "/", {}, None, timeout, head)


def short_folder(tmp_path: Path) -> Path:
    """A path that fits the 108 bytes of a socket's address."""
    folder = tmp_path / "s"
    folder.mkdir()
    return folder


@pytest.mark.timeout(60)
@pytest.mark.parametrize("respond", ENDLESS, ids=lambda each: each.__name__)
@pytest.mark.parametrize("by_socket", [False, True], ids=["tcp", "socket"])
def test_no_answer_holds_longer_than_the_deadline(respond: hostile.Respond, by_socket: bool, tmp_path: Path) -> None:
    with hostile.serving(respond, short_folder(tmp_path) if by_socket else None) as (url, path):
        send = HttpSend(lambda: Address(url, path))
        with pytest.raises(NoAnswer, match=r"(no answer came|did not end) within 0\.4 s"):
            send(get(0.4))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("respond", [hostile.drip_body, hostile.drip_chunks, hostile.stream_events])
def test_the_head_may_be_enough(respond: hostile.Respond) -> None:
    with hostile.serving(respond) as (url, _):
        expect = Expect(status=200, head=True, headers={})
        check = Check(name="streams", request=Request(path="/events"), expect=expect)
        result = run_check(check, HttpSend(lambda: Address(url)), lambda name: b"")
    assert result.verdict is Verdict.PASS, result.failures


@pytest.mark.timeout(60)
def test_a_name_that_nobody_resolves_holds_neither_the_check_nor_the_end_of_the_program() -> None:
    program = """
import socket, threading, time
socket.getaddrinfo = lambda *args, **more: threading.Event().wait(600)
from oneway.probe import NoAnswer, Outgoing, http_sender
try:
    http_sender("http://never.example.invalid:80")(Outgoing("GET", "/", {}, None, 0.3))
except NoAnswer as error:
    print(error)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=40, check=False)
    assert done.stdout == "no answer came within 0.3 s\n", done.stderr


@pytest.mark.timeout(60)
def test_a_stop_is_heard_while_an_answer_is_waited_for() -> None:
    asked = threading.Event()

    class Stopped(Exception):
        pass

    def attend() -> None:
        if asked.is_set():
            raise Stopped

    def hang(outgoing: Outgoing) -> Answer:
        asked.set()
        threading.Event().wait(600)
        raise AssertionError

    with pytest.raises(Stopped):
        attended(hang, attend)(get(300.0))


@pytest.mark.timeout(60)
def test_a_sender_that_forgets_the_deadline_is_left_behind() -> None:
    def hang(outgoing: Outgoing) -> Answer:
        threading.Event().wait(600)
        raise AssertionError

    with pytest.raises(NoAnswer, match=r"within 0\.1 s"):
        attended(hang, lambda: None)(get(0.1))


@pytest.mark.timeout(60)
def test_hanging_answers_delay_no_other_in_the_same_loop() -> None:
    async def both(slow: str, good: str) -> tuple[list[object], float]:
        sessions = Sessions()
        hanging = [asyncio.ensure_future(HttpSend(lambda: Address(slow)).ask(get(5.0), sessions)) for _ in range(50)]
        await asyncio.sleep(0)
        started = time.monotonic()
        answers = [await HttpSend(lambda: Address(good)).ask(get(5.0), sessions) for _ in range(20)]
        took = time.monotonic() - started
        assert not any(each.done() for each in hanging)
        for each in hanging:
            each.cancel()
        ended = await asyncio.gather(*hanging, return_exceptions=True)
        await sessions.close()
        return [*answers, *ended], took

    with hostile.serving(hostile.say_nothing) as (slow, _), hostile.serving(hostile.answer(200, b"ok")) as (good, _):
        results, _ = asyncio.run(both(slow, good))
    assert [each.status for each in results if isinstance(each, Answer)] == [200] * 20


@pytest.mark.timeout(60)
def test_a_kept_connection_that_was_closed_meanwhile_is_no_failure() -> None:
    """The server closes after each answer without saying so: the next request finds the connection closed."""
    asked: list[int] = []

    def once(connection: socket.socket, stop: threading.Event) -> None:
        asked.append(1)
        hostile.answer(200, b"ok")(connection, stop)
        connection.recv(65536)

    async def ask() -> list[int]:
        sessions = Sessions()
        with hostile.serving(once) as (url, _):
            send = HttpSend(lambda: Address(url))
            statuses = [(await send.ask(get(5.0), sessions)).status for _ in range(4)]
        await sessions.close()
        return statuses

    assert asyncio.run(ask()) == [200] * 4
    assert len(asked) == 4
