"""A user sees: the tag `72044e011` or `20161216` of a manifest arrives as 7.2044e+15, or `1.10` as 1.1."""

import pytest
import yaml

from oneway.generate.emit import yaml_text
from oneway.manifest import load

PLATFORM = b"apiVersion: oneway/v1\nplatform: trial\nowners: {ann: {name: Ann}}\ndomains: {works: {}}\n"
NUMBERS = ["20161216", "72044e011", "1e3", "0x1F", "017", "1_000", "1.10", ".5", ".inf"]
TEXTS = ["72044e07d2", "82h2532", "yes", "on", "2026-01-01", "12:30:45", "nan", "=", "{{ x }}", "1.10.0", "null-ish"]


def read(value: str) -> tuple[str | None, list[str]]:
    """The variable as a manifest with this value has it, or what is said of it."""
    text = (
        "apiVersion: oneway/v1\nservice: id\nversion: 1.0.0\nowner: ann\ndomain: works\n"
        f"endpoints: [{{name: http, port: 80}}]\nenv:\n  TAG: {value}\n"
    )
    loaded = load([("platform.yaml", PLATFORM), ("id.yaml", text.encode())], "local")
    service = loaded.system.services.get("id")
    return service.env["TAG"] if service else None, [f"{each.message}; {each.hint}" for each in loaded.findings]


@pytest.mark.parametrize("value", NUMBERS)
def test_a_number_is_refused_with_the_quotes_that_it_wants(value: str) -> None:
    _, (said,) = read(value)
    assert f'write it in quotes, "{value}"' in said


@pytest.mark.parametrize("value", NUMBERS + TEXTS)
def test_in_quotes_it_arrives_as_it_is_and_stays_so_in_what_is_generated(value: str) -> None:
    assert read(f'"{value}"') == (value, [])
    assert yaml.safe_load(yaml_text([{"env": [{"name": "TAG", "value": value}]}]))["env"][0]["value"] == value


@pytest.mark.parametrize("value", [each for each in TEXTS if not each.startswith(("{", "="))])
def test_a_text_needs_no_quotes(value: str) -> None:
    assert read(value) == (value, [])
