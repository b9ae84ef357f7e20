"""The tutorial, typed: every command of `first-week.md` in its order, in a repository that starts empty."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "platform/docs/first-week.md"
BLOCK = re.compile(r"(?:<!-- exits (\d+) -->\n)?```sh\n(.*?)```", re.DOTALL)


@pytest.fixture
def environ(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A PATH on which `platform` is this checkout's."""
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "platform").write_text(f'#!/bin/sh\nexec {sys.executable} -m oneway.cli.main "$@"\n')
    (programs / "platform").chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    environ = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "platform"), "COLUMNS": "200"}
    yield environ
    if (tmp_path / "shop/manifests").is_dir():
        stop = ["platform", "stop", "--all"]
        subprocess.run(stop, cwd=tmp_path / "shop", env=environ, capture_output=True, timeout=120, check=False)


@pytest.mark.timeout(600)
def test_the_first_week_goes_as_it_is_written(tmp_path: Path, environ: dict[str, str]) -> None:
    blocks = BLOCK.findall(PAGE.read_text(encoding="utf-8"))
    assert len(blocks) >= 9
    said = []
    for at, (status, text) in enumerate(blocks):
        folder = tmp_path if at == 0 else tmp_path / "shop"
        done = subprocess.run(
            ["sh", "-e", "-c", text], cwd=folder, env=environ, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == int(status or 0), f"{text}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout + done.stderr)
    everything = "\n".join(said)
    for promised in ("stock calls store calls stock", "store reaches stock", "is live", "rolled back", "mailer.yaml"):
        assert promised in everything, promised
