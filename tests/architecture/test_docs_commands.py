"""Every command that the documents show exists, with the options that it is shown with; and the reference is whole."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
import yaml

from oneway.cli.main import COMMANDS, application_for
from oneway.manifest import load
from oneway.manifest.field_docs import FIELDS
from tools.docs.reference import pages

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted(
    [ROOT / "README.md", ROOT / "platform/README.md", *(ROOT / "platform/docs").rglob("*.md")],
    key=lambda path: path.as_posix(),
)
LINE = re.compile(r"^(?:    )?(platform [a-z][^#\n]*)", re.MULTILINE)
SPAN = re.compile(r"`(platform [a-z][^`\n]*)`")


def shown(text: str) -> Iterator[list[str]]:
    """The words of each command, without what comes after a pipe or `&&`."""
    for each in [*LINE.findall(text), *SPAN.findall(text)]:
        words = shlex.split(re.split(r"\s(?:&&|\||>|…)", each.replace("…", ""))[0].strip(), comments=True)
        if len(words) > 1:
            yield words[1:]


def options(name: str) -> set[str]:
    group: Any = typer.main.get_command(application_for([name]))
    return {"-h", "--help"} | {each for option in group.commands[name].params for each in option.opts}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_commands_and_their_options_exist(document: Path) -> None:
    for name, *words in shown(document.read_text(encoding="utf-8")):
        if name == "help":
            continue
        assert name in COMMANDS, f"platform {name}"
        used = {word.partition("=")[0] for word in words if word.startswith("-") and word != "-"}
        assert used <= options(name), f"platform {name} {' '.join(words)}"


def test_what_does_not_exist_is_seen() -> None:
    assert list(shown("    platform chekc\n")) == [["chekc"]]
    assert list(shown("see `platform check --colour` for more")) == [["check", "--colour"]]
    assert "--colour" not in options("check")


def test_the_reference_has_every_command_option_and_field() -> None:
    made = pages()
    for name in COMMANDS:
        part = made["commands.md"].partition(f"\n## platform {name}\n")[2].partition("\n## ")[0]
        assert part.count("\n| `") >= 1
        for option in options(name) - {"-h", "--help"}:
            if option.startswith("--"):
                assert f"{option}" in part, f"platform {name} {option}"
    for field in FIELDS:
        kind, name = field.split(".")
        part = made["manifest.md"].partition(f"\n## {kind}\n")[2].partition("\n## ")[0]
        assert f"| `{name}`" in part, field


FENCE = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
PLATFORM = {"apiVersion": "oneway/v1", "platform": "p", "owners": {"ann": {}}, "domains": {"core": {}}}
SERVICE = {"apiVersion": "oneway/v1", "service": "s", "version": "1.0.0", "owner": "ann", "domain": "core"}


def faults(fragment: dict[str, Any]) -> list[str]:
    """What is wrong with the fragment as part of a service, and as part of platform.yaml: the shorter list."""
    alternatives = []
    for platform, service in ((PLATFORM, {**SERVICE, **fragment}), ({**PLATFORM, **fragment}, SERVICE)):
        files = [("platform.yaml", platform), ("s.yaml", service)]
        loaded = load([(name, yaml.safe_dump(content).encode()) for name, content in files])
        alternatives.append([each.message for each in loaded.findings])
    return min(alternatives, key=len)


@pytest.mark.parametrize("document", sorted((ROOT / "platform/docs/tasks").glob("*.md")), ids=lambda path: path.name)
def test_manifests_that_are_shown_can_be_read(document: Path) -> None:
    for fragment in FENCE.findall(document.read_text(encoding="utf-8")):
        assert faults(yaml.safe_load(fragment)) == []


def test_a_field_that_does_not_exist_is_seen() -> None:
    assert faults({"externals": {"db": {"ports": [1]}}})
    assert not faults({"externals": {"db": {"port": 1}}})


HELD = re.compile(r"^\* `(tools/|)([\w/]+\.py)(?:::(\w+))?`", re.MULTILINE)


def test_every_guarantee_names_tests_that_exist() -> None:
    text = (ROOT / "platform/docs/guarantees.md").read_text(encoding="utf-8")
    promises = re.split(r"^## ", text, flags=re.MULTILINE)[1:]
    assert [int(each.split(".")[0]) for each in promises] == list(range(1, 11))
    for promise in promises:
        held = HELD.findall(promise)
        assert held, promise
        for folder, file, test in held:
            source = (ROOT / (folder or "tests/")).joinpath(file).read_text(encoding="utf-8")
            assert not test or f"def {test}(" in source, f"{file}::{test}"


def test_the_page_for_bad_moments_shows_what_is_really_said() -> None:
    page = (ROOT / "platform/docs/tasks/when-something-is-wrong.md").read_text(encoding="utf-8")
    said = [
        words.removesuffix(" …").removesuffix("…").strip() for words in re.findall(r"^\| `([^`]+)`", page, re.MULTILINE)
    ]
    assert len(said) >= 6
    source = "".join(each.read_text(encoding="utf-8") for each in (ROOT / "platform/oneway").rglob("*.py"))
    assert [words for words in said if words not in source] == []
