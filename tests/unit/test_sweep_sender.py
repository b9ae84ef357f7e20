"""What is sent, and how its time is taken, over real connections; nothing here depends on how fast the machine is."""

import asyncio
from collections.abc import Awaitable, Callable, Generator

import pytest

from oneway.model import Check, Expect, Request
from oneway.probe import HttpSend, Outgoing, http_sender
from oneway.sweep.goal import Goal
from oneway.sweep.measuring import converse
from oneway.sweep.narrowing import Step
from oneway.sweep.sender import Question, Sender
from oneway.sweep.window import Used, Window

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BAD = b"HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nno"
Respond = Callable[[str], Awaitable[bytes]]


def question(way: HttpSend, path: str = "/", weight: float = 1.0, method: str = "GET", timeout: float = 30) -> Question:
    check = Check(name=path, request=Request(path=path), expect=Expect())
    return Question(check, Outgoing(method, path, {}, None, timeout), way, weight)


def offered(respond: Respond, step: Step, *paths: tuple[str, float], goal: Goal | None = None) -> Window:
    """The window of a step, against a server that answers like that."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                writer.write(await respond(head.decode().split(" ")[1]))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> Window:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        way = http_sender(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        sender = Sender([question(way, *each) for each in paths or (("/", 1.0),)], goal or Goal())
        try:
            return await sender.offer(step)
        finally:
            await sender.close()
            server.close()

    return asyncio.run(run())


async def at_once(path: str) -> bytes:
    return OK


def test_as_many_as_are_due_are_sent_and_counted() -> None:
    window = offered(at_once, Step(100.0, 1.0, ""))
    assert len(window.replies) == 100
    assert [window.errors, window.faults, window.cut] == [0, 0, False]
    dues = [each.due for each in window.replies]
    assert dues == sorted(dues)
    assert 0 <= dues[0] <= dues[-1] < 1.0


def test_nobody_waits_for_answers_and_times_run_from_when_requests_were_due() -> None:
    """All are held back until the last was sent: a closed loop would never send it, and would call the others fast."""
    came: list[str] = []
    everybody = asyncio.Event()

    async def held_back(path: str) -> bytes:
        came.append(path)
        if len(came) >= 60:
            everybody.set()
        await everybody.wait()
        return OK

    window = offered(held_back, Step(100.0, 0.5, ""))
    assert len(window.replies) == 50
    assert all(each.due + each.seconds >= window.replies[-1].due for each in window.replies)


def test_what_is_wrong_is_an_error_and_says_so() -> None:
    async def half(path: str) -> bytes:
        return BAD if path == "/bad" else OK

    window = offered(half, Step(40.0, 1.0, ""), ("/", 1.0), ("/bad", 1.0), goal=Goal((), 0.9))
    assert window.errors == 0.5
    assert {each.fault for each in window.replies} == {"", "/bad: status: expected 200, got 500 no"}


def test_weights_are_the_shares_of_what_is_sent() -> None:
    came: list[str] = []

    async def note(path: str) -> bytes:
        came.append(path)
        return OK

    offered(note, Step(80.0, 1.0, ""), ("/often", 3.0), ("/never", 0.0), ("/seldom", 1.0))
    assert "/never" not in came
    assert came.count("/often") == pytest.approx(3 * came.count("/seldom"), abs=4)


def test_a_lost_window_is_cut_short() -> None:
    async def refuse(path: str) -> bytes:
        return BAD

    window = offered(refuse, Step(50.0, 3.0, ""))
    assert window.cut
    assert len(window.replies) < 150


def test_one_after_the_other_waits_for_each_answer() -> None:
    under_way = [0, 0]

    async def count(path: str) -> bytes:
        under_way[0] += 1
        under_way[1] = max(under_way)
        await asyncio.sleep(0)
        under_way[0] -= 1
        return OK

    window = offered(count, Step(0.0, 0.3, ""))
    assert under_way[1] == 1
    assert window.replies


def test_the_first_request_counts_for_nothing() -> None:
    came: list[str] = []

    async def slow_at_first(path: str) -> bytes:
        came.append(path)
        return BAD if len(came) == 1 else OK

    assert offered(slow_at_first, Step(0.0, 0.2, "")).errors == 0


def test_nothing_listens_there() -> None:
    step = Step(0.0, 0.1, "")

    def search() -> Generator[Step, Window, Window]:
        return (yield step)

    window = converse(
        search(), Sender([question(http_sender("http://127.0.0.1:9"))], Goal()), lambda step, window: None
    )
    assert window.errors == 1
    assert "nothing listens there" in window.replies[0].fault


def test_who_hears_of_steps_may_end_it() -> None:
    def search() -> Generator[Step, Window, None]:
        while True:
            yield Step(0.0, 0.05, "")

    heard: list[Window | None] = []

    def hear(step: Step, window: Window | None) -> None:
        heard.append(window)
        if len(heard) == 4:
            raise KeyboardInterrupt

    sender = Sender([question(http_sender("http://127.0.0.1:9"))], Goal(), lambda: Used(1.0, 2))
    with pytest.raises(KeyboardInterrupt):
        converse(search(), sender, hear)
    assert [each is None for each in heard] == [True, False, True, False]
