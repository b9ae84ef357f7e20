"""The rooms of the tool: who may print, what a file's name says, and where a change goes."""

import ast
import re
import typing
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from oneway.cli.main import COMMANDS
from oneway.cli.output.formats import FORMATS as FINDINGS
from oneway.generate.runtimes import RUNTIMES
from oneway.model import Build
from oneway.rules import RULES

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "platform" / "oneway"
MODULES = sorted(PACKAGE.rglob("*.py"))
ENDING = {("sys", "exit"), ("os", "_exit"), ("sys", "stdout"), ("sys", "stderr")}
PROGRAMS = {
    "targets/local/processes/launch.py": "started by supervisor in the place of a replica",
    "targets/local/processes/endings.py": "its pause ends it with its supervisor",
    "targets/local/containers/container_program.py": "started by supervisor in the place of a replica that is an image",
    "targets/local/processes/watchdog.py": "run by supervisor beside the replicas",
    "targets/local/backing/ask_rabbitmq.py": "asks whether that server is ready, as a command",
    "targets/local/backing/start_postgres.py": "becomes the server that supervisor runs",
    "targets/local/backing/start_rabbitmq.py": "becomes the server that supervisor runs",
    "targets/local/tasks/job_clock.py": "run by supervisor beside the replicas",
    "targets/local/tasks/task_runner.py": "run once for each task, with nobody above it",
}
"""Modules that are programs of their own, and by whom each is started."""

SAME_MEANING = {
    "never_built.py": "the list of what never goes into a build, and the rule that holds manifests to it",
    "target.py": "what each target offers, under the contract of targets/base.py",
}
"""Names that several files have, each of which means the same thing in its own room."""


BELOW = [
    path
    for path in MODULES
    if path.relative_to(PACKAGE).parts[0] != "cli" and path.relative_to(PACKAGE).as_posix() not in PROGRAMS
]


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
    [
        "print(1)",
        "import sys\nsys.exit(2)",
        "raise SystemExit",
        "from sys import exit",
        "import sys\nsys.stdout.write('')",
    ],
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
    """Beside `render/` a `generate/all_files.py` would be a riddle."""
    rooms = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    named = [path for path in MODULES if path.stem in rooms - {path.parent.name} and path.parent.name != "commands"]
    assert [path.relative_to(PACKAGE).as_posix() for path in named] == []


def test_every_room_of_the_tool_is_in_the_table_of_layers() -> None:
    text = (ROOT / "platform/docs/architecture.md").read_text()
    table = text.partition("## The layers")[2].partition("\n## ")[0]
    rooms = {path.stem for path in PACKAGE.iterdir() if path.is_dir() or path.stem == "errors"} - {"__pycache__"}
    assert {name for row in re.findall(r"^\| (`.+?) \|", table, re.M) for name in re.findall(r"`(\w+)`", row)} == rooms


def rows() -> dict[str, tuple[str, str]]:
    """What can be added -> the room and its table, as architecture.md says."""
    text = (ROOT / "platform/docs/architecture.md").read_text()
    table = text.partition("## Where a change goes")[2].partition("\n## ")[0]
    return {
        kind: (room, where) for kind, room, where in re.findall(r"^\| an? (.+?) \| (.+?) \| (.+?) \|$", table, re.M)
    }


@pytest.mark.parametrize("kind", rows())
def test_every_place_where_a_change_goes_exists(kind: str) -> None:
    """The rooms are there, and each table is in the file that is named for it."""
    room, where = rows()[kind]
    places = re.findall(r"`([\w./]+/[\w./]*)`", room + where)
    assert len(places) >= 2
    for place in places:
        assert (PACKAGE / place).exists() or (ROOT / place).exists(), place
    for name, file in re.findall(r"`(\w+)` (?:in|of) `([\w./]+\.py)`", where):
        assert re.search(rf"^(class|def)? ?{name}\b", (PACKAGE / file).read_text(), re.M), f"{name} in {file}"


def test_every_kind_of_thing_that_grows_has_its_row() -> None:
    assert {"rule", "command", "target", "runtime for builds", "importer", "manifest field"} <= rows().keys()
    assert {"format of findings", "format of pictures"} <= rows().keys()


def test_each_table_names_exactly_what_its_room_holds() -> None:
    """One new file and one line: a file without a line, or a line without a file, is a rule that nobody runs."""
    commands = {path.stem for path in (PACKAGE / "cli/commands").glob("[!_]*.py")}
    assert {each.module for each in COMMANDS.values()} == commands
    formats = {path.stem for path in (PACKAGE / "cli/output/formats").glob("[!_]*.py")}
    assert set(FINDINGS) == formats - {"report"}
    ending = ".Dockerfile.j2"
    templates = {path.name.removesuffix(ending) for path in (PACKAGE / "generate/templates").glob(f"*{ending}")}
    assert {name for each in RUNTIMES.values() for name in (each.template, each.project_template) if name} == templates
    modules = {str(vars(module)["__name__"]).rpartition(".")[2] for module in RULES.values()}
    assert modules == {rule.replace("-", "_") for rule in RULES}


def test_what_a_manifest_may_name_can_be_built() -> None:
    declared = next(each for each in msgspec.structs.fields(Build) if each.name == "runtime").type
    named = set(typing.get_args(typing.get_args(declared)[0]))
    assert named - {"command"} == set(RUNTIMES), "a command of the machine has no image"
