"""The files that people copy into their CI are YAML, and the commands in them exist."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from oneway.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]
FILES = (ROOT / "platform/docs/ci/github.yml", ROOT / "platform/docs/ci/gitlab.yml", ROOT / ".pre-commit-hooks.yaml")
OPTIONS = {"check": {"--base", "--format", "--baseline", "--write-baseline", "--env"}, "schema": {"--verify", "-o"}}


def texts(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for each in value.values() for text in texts(each)]
    return [text for each in value for text in texts(each)] if isinstance(value, list) else []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_commands_and_options_exist(file: Path) -> None:
    commands = [
        match
        for text in texts(yaml.safe_load(file.read_text()))
        for match in re.findall(r"platform (check|schema)(.*)", text)
    ]
    assert commands
    for command, rest in commands:
        assert command in COMMANDS
        assert set(re.findall(r"(?<= )--?[a-z-]+", rest.partition(">")[0])) <= OPTIONS[command]


def test_hooks_have_what_pre_commit_asks_for() -> None:
    for hook in yaml.safe_load(FILES[2].read_text()):
        assert {"id", "name", "entry", "language"} <= set(hook)
