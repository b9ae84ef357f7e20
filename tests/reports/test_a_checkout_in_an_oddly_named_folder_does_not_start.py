"""A user sees: in `~/work (new); #2/shop` nothing starts, with words that name neither the folder nor its name."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_checkout import Checkout
from local_place import asked

from oneway.targets.base import TargetError
from oneway.targets.local.state.home import home_of

PRINTABLE = "".join(map(chr, range(0x20, 0x7F))).replace("/", "")
READ_AS_SOMETHING_ELSE = [
    " ;a",
    " # b",
    "%(here)s 100%",
    "[x]",
    "{c,d}",
    "$HOME ${X} `e`",
    "\"q\" 'p'",
    "f:g",
    "-o",
    " h ",
    "\\n",
]
BEYOND_ASCII = ["grün", "雪", "e\u0301", "\u202ereversed", "\U0001f600", os.fsdecode(b"latin-\xfc")]


@pytest.fixture
def odd(tmp_path: Path) -> Iterator[Checkout]:
    """A checkout below folders that have every printable character in their names, and some more."""
    folders = [PRINTABLE[at : at + 40] for at in range(0, len(PRINTABLE), 40)]
    root = tmp_path.joinpath(*folders, *READ_AS_SOMETHING_ELSE, *BEYOND_ASCII[:-1])
    root.mkdir(parents=True)
    made = Checkout(root)
    yield made
    assert made.run("stop", "--all").returncode == 0


@pytest.mark.timeout(240)
def test_a_system_is_deployed_and_stopped_there(odd: Checkout) -> None:
    odd.write("id", "1.0.0")
    odd.write("gate", "1.0.0", calls="id", config={"some.yaml": "services/gate/tiny_service.py"})
    done = odd.run("deploy", "--all")
    assert done.returncode == 0, done.stdout + done.stderr
    odd.write("id", "1.1.0")
    assert odd.run("deploy", "id").returncode == 0
    status = odd.status("gate")
    assert status["health"] == "healthy"
    assert asked(status["addresses"]["http"], "/call") == "1.1.0"
    assert "starting 1.1.0" in odd.run("logs", "id").stdout


@pytest.mark.timeout(240)
def test_packages_are_installed_there(odd: Checkout) -> None:
    text = "import click, tiny_base, os\nassert os.path.exists(click.__file__)\ntiny_base.run()\n"
    program = Path(__file__).parents[1] / "targets/tiny_service.py"
    odd.write_program("id", "1.0.0", text)
    (odd.root / "services/id/tiny_base.py").write_text(
        program.read_text().replace('if __name__ == "__main__":', "def run():")
    )
    locks = Path(__file__).parents[2] / "platform/requirements.txt"
    (odd.root / "services/id/requirements.txt").write_text(_one_lock(locks.read_text(), "click"))
    done = odd.run("deploy", "id")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("name", [*PRINTABLE, *READ_AS_SOMETHING_ELSE, *BEYOND_ASCII])
def test_every_folder_that_programs_are_told_of_has_a_plain_name(tmp_path: Path, name: str) -> None:
    if name == ".":
        name = "..."
    checkout = tmp_path / name
    for environment in ("local", "staging"):
        home = home_of(checkout, environment)
        home.make()
        told = str(home.root)
        assert told.isascii()
        assert not set(told) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-")
        assert Path(told).resolve().is_relative_to((checkout / ".platform").resolve())
        assert home.runtime.is_dir()


def test_two_checkouts_do_not_meet_and_a_link_that_was_led_astray_is_put_right(tmp_path: Path) -> None:
    first, second = home_of(tmp_path / "a b", "local").root, home_of(tmp_path / "a  b", "local").root
    assert first != second
    first.unlink()
    first.symlink_to(tmp_path)
    assert home_of(tmp_path / "a b", "local").root.resolve() == tmp_path / "a b/.platform"


def test_a_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    link = home_of(tmp_path / "a b", "local").root
    link.parent.chmod(0o755)
    try:
        with pytest.raises(TargetError, match="is not a folder that only you can enter"):
            home_of(tmp_path / "a b", "local")
    finally:
        link.parent.chmod(0o700)


@pytest.mark.timeout(240)
def test_the_tool_itself_may_be_installed_there(tmp_path: Path) -> None:
    """A virtual environment in the checkout is usual."""
    environment = tmp_path / "a ;b # %(here)s/.venv"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin/python").symlink_to(Path(sys.executable).resolve())
    for program in ("caddy", "uv"):
        (environment / "bin" / program).symlink_to(Path(sys.prefix) / "bin" / program)
    (environment / "pyvenv.cfg").write_text((Path(sys.prefix) / "pyvenv.cfg").read_text())
    (environment / "lib").symlink_to(Path(sys.prefix) / "lib")
    checkout = Checkout(environment.parent, str(environment / "bin/python"))
    try:
        checkout.write("id", "1.0.0")
        done = checkout.run("deploy", "id")
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        assert checkout.run("stop", "--all").returncode == 0
    found = subprocess.run([checkout.python, "-c", "import sys; print(sys.executable)"], capture_output=True, text=True)
    assert found.stdout.strip() == checkout.python


def _one_lock(locks: str, name: str) -> str:
    start = locks.index(f"\n{name}==") + 1
    lines = locks[start:].splitlines()
    end = next(at for at, line in enumerate(lines[1:], 1) if not line.startswith(" "))
    return "\n".join(lines[:end]) + "\n"
