"""A user sees: a traceback, or a deploy that waits for ever, because the folder holds a link to itself, a pipe or a
socket that an editor left there."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_target import spec_of

from oneway.workspace import content_of

BUILD = {"path": "services/id", "runtime": "python3.11", "start": ["python", "program.py"]}


def ring(folder: Path) -> None:
    (folder / "one").symlink_to("two")
    (folder / "two").symlink_to("one")


def listen(folder: Path) -> None:
    here = os.getcwd()
    os.chdir(folder)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("editor.sock")
    os.chdir(here)


LEFT: dict[str, tuple[Callable[[Path], object], set[str]]] = {
    "itself": (lambda folder: (folder / "me").symlink_to("me"), {"me: a link to nothing"}),
    "a ring": (ring, {"one: a link to nothing", "two: a link to nothing"}),
    "nowhere": (lambda folder: (folder / "gone").symlink_to("old/place"), {"gone: a link to nothing"}),
    "its folder": (lambda folder: (folder / "here").symlink_to("."), {"here: a link to a folder"}),
    "a pipe": (lambda folder: os.mkfifo(folder / "pipe"), set()),
    "a socket": (listen, set()),
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", LEFT)
def test_what_is_no_file_is_left_out_and_named_where_it_is_a_link(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "services/id"
    folder.mkdir(parents=True)
    (folder / "program.py").write_text("print(1)\n")
    spec = spec_of("id", "1.0.0", build=BUILD)
    clean = content_of(tmp_path, spec)
    leave, told = LEFT[name]
    leave(folder)
    found = content_of(tmp_path, spec)
    assert found.digest == clean.digest
    said = {f"{each.path.rpartition('/')[2]}: {str(each.reason).partition(': ')[0]}" for each in found.context.left_out}
    assert said == told


def test_what_a_file_may_do_is_part_of_what_is_built(tmp_path: Path) -> None:
    folder = tmp_path / "services/id"
    folder.mkdir(parents=True)
    program = folder / "program.py"
    program.write_text("print(1)\n")
    spec = spec_of("id", "1.0.0", build=BUILD)
    before = content_of(tmp_path, spec).digest
    program.chmod(0o755)
    assert content_of(tmp_path, spec).digest != before
    program.chmod(0o600)
    os.utime(program, (1, 1))
    assert content_of(tmp_path, spec).digest == before
