"""What users were answered, as the access log tells it."""

import json
from pathlib import Path
from typing import Any

from oneway.targets.base import Served
from oneway.targets.local.proxy.access_log import AccessLog

OWNERS = {"127.0.0.1:20020": 2, "127.0.0.1:20010": 1}


def line(upstream: str, status: int, **more: Any) -> str:
    return json.dumps({"upstream": upstream, "status": status, "duration": 0.25, **more}) + "\n"


def seen(path: Path, *lines: str) -> list[Served]:
    path.write_text("")
    log = AccessLog(path, lambda: 7.0)
    path.write_text("".join(lines))
    try:
        log.read(OWNERS)
        return log.served(0.0)
    finally:
        log.close()


def test_each_answer_counts_for_the_release_that_gave_it(tmp_path: Path) -> None:
    found = seen(tmp_path / "access.log", line("127.0.0.1:20020", 200), line("127.0.0.1:20010", 404))
    assert found == [Served(2, 200, 0.25), Served(1, 404, 0.25)]


def test_of_two_tries_only_the_server_error_counts(tmp_path: Path) -> None:
    again = line("127.0.0.1:20010", 200, failed="127.0.0.1:20020", failed_status=500)
    assert seen(tmp_path / "access.log", again) == [Served(2, 500, 0.25)]


def test_own_requests_unknown_upstreams_and_broken_lines_count_for_nobody(tmp_path: Path) -> None:
    lines = [
        line("127.0.0.1:20020", 500, own="yes"),
        line("", 502),
        line("127.0.0.1:20020", 200, failed=None, failed_status=None),
        "{half a li\n",
        "[]\n",
    ]
    assert seen(tmp_path / "access.log", *lines) == [Served(2, 200, 0.25)]
