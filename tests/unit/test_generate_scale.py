"""Generation stays linear and streams: twice the services take twice the time and hardly more memory."""

import time
import tracemalloc

from oneway.generate import Images, Sources, kubernetes_files
from oneway.manifest import load
from oneway.model import System
from tools.bench.systems import system

SOURCES = Sources(Images(), lambda path: True, lambda path: b"")


def made(count: int) -> System:
    contents = [(name, text.encode()) for name, text in system(count).items() if name.endswith(".yaml")]
    return load(contents, "prod").system


def test_a_thousand_services_fit_in_ten_seconds_of_one_core() -> None:
    whole = made(200)
    started = time.process_time()
    files = sum(1 for _ in kubernetes_files(whole, SOURCES))
    assert files >= 200
    assert (time.process_time() - started) * 5 < 10


def test_files_are_not_kept() -> None:
    whole = made(200)
    list(kubernetes_files(made(2), SOURCES))
    tracemalloc.start()
    try:
        size = sum(len(each.content) for each in kubernetes_files(whole, SOURCES))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < size / 2
