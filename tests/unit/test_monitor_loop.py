"""The loop, driven by a clock that the test turns, and the page that shows its board."""

import json
import urllib.error
import urllib.request

import pytest

from oneway.errors import OnewayError
from oneway.model import Check, Duration, Monitoring, Request, Service
from oneway.monitor import Board, Change, Health, Watched, overall, run_round, watch
from oneway.monitor.page import change_line, html_page, metrics, status_json
from oneway.monitor.server import serve
from oneway.probe import Answer, Outgoing, Send

SETTINGS = Monitoring(every=Duration(30), fail_after=2, recover_after=1)


def service(name: str, *checks: str) -> Service:
    smoke = tuple(Check(name=each, request=Request(path="/")) for each in checks)
    return Service(api_version="oneway/v1", name=name, version="1.0.0", owner="o", domain="d", smoke=smoke)


class Backend:
    """Answers with whatever status it has at the time."""

    status = 200

    def __call__(self, endpoint: str | None) -> Send:
        return lambda outgoing: Answer(self.status, {}, b"", 0.02)


class TurnedClock:
    """Time passes only while the loop waits; ends after the given number of rounds."""

    def __init__(self, rounds: int) -> None:
        self.time, self.left, self.waits = 100.0, rounds, list[float]()

    def now(self) -> float:
        return self.time

    def wait(self, seconds: float) -> bool:
        self.waits.append(seconds)
        self.time += seconds
        self.left -= 1
        return self.left > 0


def no_file(name: str) -> bytes:
    raise FileNotFoundError(name)


def test_tells_changes_only_and_waits_out_the_interval() -> None:
    backend, board, told = Backend(), Board(), list[Change]()
    clock = TurnedClock(rounds=6)

    def discover() -> list[Watched]:
        backend.status = 500 if board.rounds in (2, 3) else 200
        return [Watched(service("a", "answers"), backend)]

    watch(discover, SETTINGS, no_file, clock, told.append, board)
    assert [(each.time, each.after) for each in told] == [
        (100.0, Health.GOOD),
        (190.0, Health.BAD),
        (220.0, Health.GOOD),
    ]
    assert clock.waits == [30.0] * 6
    assert board.rounds == 6


def test_a_service_that_is_not_running_fails_its_checks() -> None:
    board = Board()
    absent = [Watched(service("a", "answers"), None, "never deployed here")]
    assert run_round(absent, board, SETTINGS, no_file, lambda: 1.0) == []
    (change,) = run_round(absent, board, SETTINGS, no_file, lambda: 2.0)
    assert change.after is Health.BAD
    assert "never deployed here" in change.reason


def test_a_service_without_checks_is_not_known() -> None:
    board = Board()
    run_round([Watched(service("a"), Backend())], board, SETTINGS, no_file, lambda: 1.0)
    assert overall(board) is Health.UNKNOWN


def test_what_is_no_longer_watched_leaves_the_board() -> None:
    board = Board()
    run_round(
        [Watched(service("a", "x"), Backend()), Watched(service("b", "y"), Backend())], board, SETTINGS, no_file, float
    )
    run_round([Watched(service("b", "y"), Backend())], board, SETTINGS, no_file, float)
    assert list(board.standings) == [("b", "y")]


def test_a_hostile_answer_is_text_on_the_page() -> None:
    def send(outgoing: Outgoing) -> Answer:
        return Answer(500, {}, b"<script>alert(1)</script>", 0.01)

    board = Board()
    run_round([Watched(service("a", '<b>"x"\\'), lambda endpoint: send)], board, SETTINGS, no_file, lambda: 1.0)
    page = html_page(board, "<i>", "now")
    assert "<script>" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert 'check="<b>\\"x\\"\\\\"' in metrics(board)
    assert json.loads(status_json(board))["checks"][0]["failures"] == [
        "status: expected 200, got 500 <script>alert(1)</script>"
    ]


def test_a_change_is_one_json_line() -> None:
    line = change_line(Change("a", "c", Health.GOOD, Health.BAD, 1.5, "status:\nexpected"))
    assert "\n" not in line
    assert json.loads(line)["after"] == "bad"


def test_serves_page_metrics_and_status() -> None:
    backend, board = Backend(), Board()
    server = serve(board, "sample", "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        backend.status = 500
        for _ in range(2):
            run_round([Watched(service("a", "answers"), backend)], board, SETTINGS, no_file, lambda: 5.0)
        with urllib.request.urlopen(f"{url}/", timeout=5) as page:
            assert "sample" in page.read().decode()
        with urllib.request.urlopen(f"{url}/metrics", timeout=5) as page:
            assert 'oneway_check_good{service="a",check="answers"} 0' in page.read().decode()
        with pytest.raises(urllib.error.HTTPError) as bad:
            urllib.request.urlopen(f"{url}/status.json", timeout=5)
        assert bad.value.code == 503
        bad.value.close()
        with pytest.raises(OnewayError, match="cannot listen"):
            serve(board, "sample", "127.0.0.1", int(server.server_address[1]))
    finally:
        server.shutdown()
        server.server_close()
