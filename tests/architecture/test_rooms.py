"""The rooms of the tool: who may print, what a file's name says, and where a change goes."""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform" / "oneway"
MODULES = sorted(PACKAGE.rglob("*.py"))
BELOW = [path for path in MODULES if "cli" not in path.relative_to(PACKAGE).parts]
ENDING = {("sys", "exit"), ("os", "_exit"), ("sys", "stdout"), ("sys", "stderr")}
SAME_MEANING = {
    "target.py": "what each target offers, under the contract of targets/base.py",
}
"""Names that several files have, each of which means the same thing in its own room."""


def said(source: str) -> Iterator[str]:
    """Everything in this code that prints or ends the program."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name(id="print" | "exit" | "quit" | "input" as name)):
                yield f"{node.lineno}: {name}"
            case ast.Attribute(value=ast.Name(id=module), attr=attribute) if (module, attribute) in ENDING:
                yield f"{node.lineno}: {module}.{attribute}"
            case ast.Name(id="SystemExit"):
                yield f"{node.lineno}: SystemExit"
            case ast.ImportFrom(module="sys", names=names):
                yield from (f"{node.lineno}: sys.{each.name}" for each in names if ("sys", each.name) in ENDING)


@pytest.mark.parametrize("path", BELOW, ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_nothing_below_the_command_line_prints_or_exits(path: Path) -> None:
    assert list(said(path.read_text())) == []


@pytest.mark.parametrize(
    "source",
    ["print(1)", "import sys\nsys.exit(2)", "raise SystemExit", "from sys import exit", "import sys\nsys.stdout.write('')"],
)
def test_what_prints_or_exits_is_seen(source: str) -> None:
    assert list(said(source))


def test_a_name_of_a_file_has_one_meaning() -> None:
    """A command's file has the command's name, whatever else is called so: its room says what it is."""
    homes: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        inside = path.relative_to(PACKAGE)
        if path.name != "__init__.py" and inside.parts[:2] != ("cli", "commands"):
            homes[path.name].append(inside.as_posix())
    repeated = {name: files for name, files in homes.items() if len(files) > 1 and name not in SAME_MEANING}
    assert repeated == {}


def test_no_file_is_named_like_a_room() -> None:
    """Beside `render/` a `generate/render.py` would be a riddle."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    named = [path for path in MODULES if path.stem in rooms and "commands" not in path.parts]
    assert [path.relative_to(PACKAGE).as_posix() for path in named] == []


def test_every_room_of_the_tool_is_in_the_table_of_layers() -> None:
    text = (ROOT / "platform/docs/architecture.md").read_text()
    table = text.partition("## The layers")[2].partition("\n## ")[0]
    rooms = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.stem == "errors"} - {"__pycache__"}
    assert {name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)} == rooms


def test_every_place_where_a_change_goes_exists() -> None:
    text = (ROOT / "platform/docs/architecture.md").read_text()
    table = text.partition("## Where a change goes")[2].partition("\n## ")[0]
    places = [each for each in re.findall(r"`([\w./]+/[\w./]*)`", table)]
    assert len(places) >= 10
    assert [each for each in places if not (PACKAGE / each).exists() and not (ROOT / each).exists()] == []
