"""The caption service in a process of its own, and loads on it: one stream, all cores, and twice what it can do."""

from __future__ import annotations

import http.client
import os
import socket
import statistics
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tools.bench.caption_processes import ROOT, resident_megabytes, service_path
from tools.bench.open_loop import send

HOST = "127.0.0.1"
PATIENCE = 60.0


class Served:
    """A ready service on a free port of this machine; `seconds_to_ready` from the start of its process."""

    def __init__(self, python: Path, model: Path, picture: bytes = b"") -> None:
        self.port = _free_port()
        self._picture = picture
        began = time.perf_counter()
        self._process = subprocess.Popen(
            [str(python), "-m", "servicekit", "caption_service.app:app", "--host", HOST, "--port", str(self.port)],
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": service_path(), "MODEL_DIR": str(model.resolve())},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self._await_ready(began + PATIENCE)
        self.seconds_to_ready = time.perf_counter() - began
        self._connection = http.client.HTTPConnection(HOST, self.port)
        for _ in range(3 if picture else 0):
            self.caption()

    def __enter__(self) -> Served:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def caption(self) -> float:
        """Milliseconds that one caption takes on a connection that is kept."""
        return 1000 * post(self._connection, self._picture).seconds

    def megabytes(self) -> float:
        return resident_megabytes(self._process.pid)

    def close(self) -> None:
        self._process.terminate()
        self._process.wait()

    def _await_ready(self, latest: float) -> None:
        while time.perf_counter() < latest:
            connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
            try:
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return
            except OSError:
                if self._process.poll() is not None:
                    raise RuntimeError("the service ended before it was ready; start it by hand to see why") from None
            finally:
                connection.close()
            time.sleep(0.02)
        raise RuntimeError(f"the service was not ready within {PATIENCE:.0f} s")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    seconds: float


def post(connection: http.client.HTTPConnection, picture: bytes) -> Answer:
    began = time.perf_counter()
    connection.request("POST", "/v1/captions", picture, {"Content-Type": "image/jpeg"})
    response = connection.getresponse()
    response.read()
    return Answer(response.status, time.perf_counter() - began)


def throughput(served: Served, picture: bytes, seconds: float) -> str:
    """Pictures per second of one caller and of as many as there are cores, each asking again as soon as it is
    answered."""
    cores = os.cpu_count() or 1
    one = _closed_loop(served.port, picture, 1, seconds)
    all_cores = _closed_loop(served.port, picture, cores, seconds)
    return (
        f"Throughput: one stream {one:.1f}/s, {cores} streams {all_cores:.1f}/s: {all_cores / one:.2f} times as many."
    )


class At(Protocol):
    """Something that is asked at a port of this machine."""

    @property
    def port(self) -> int: ...


def overload(served: At, picture: Path, seconds: float) -> str:
    """Twice as many requests as can be served, sent at fixed times whatever is answered."""
    unloaded = send(served.port, picture, 4.0, seconds).of(200)
    capacity = _closed_loop(served.port, picture.read_bytes(), os.cpu_count() or 1, seconds)
    sent = send(served.port, picture, 2 * capacity, seconds)
    accepted, rejected = sent.of(200), sent.of(429, 503)
    alone, loaded, told, late = (1000 * _percentile(each, 99) for each in (unloaded, accepted, rejected, sent.late))
    return (
        f"Overload, {2 * capacity:.0f}/s: {len(accepted)} accepted, p99 {loaded:.0f} ms, {loaded / alone:.1f} times the"
        f" unloaded {alone:.0f} ms; {len(rejected)} rejected, p99 {told:.0f} ms; {sent.lost} lost,"
        f" {sent.count - len(accepted) - len(rejected)} answered otherwise; the generator itself was late by"
        f" {late:.0f} ms (p99)."
    )


def _closed_loop(port: int, picture: bytes, callers: int, seconds: float) -> float:
    until = time.perf_counter() + seconds
    counts = [0] * callers

    def call(place: int) -> None:
        connection = http.client.HTTPConnection(HOST, port)
        while time.perf_counter() < until:
            counts[place] += post(connection, picture).status == 200

    _together([threading.Thread(target=call, args=(place,)) for place in range(callers)])
    return sum(counts) / seconds


def _together(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _percentile(ordered: list[float], percent: int) -> float:
    if len(ordered) < 2:
        return ordered[0] if ordered else float("nan")
    return statistics.quantiles(ordered, n=100, method="inclusive")[percent - 1]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
