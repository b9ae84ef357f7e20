"""Systems written as text, and what one rule says about them, with its places."""

from collections.abc import Callable, Mapping
from datetime import date
from textwrap import dedent

import pytest

from oneway.contracts import Break
from oneway.errors import Finding
from oneway.manifest import load, locate
from oneway.model import Service
from oneway.model.fitness import Misfit
from oneway.rules import Before, audit

PLATFORM = """\
apiVersion: oneway/v1
platform: sample
owners: {ann: {backup: bob}, bob: {backup: ann}}
domains: {edge: {}, core: {}}
"""

Files = dict[str, str]
System = Callable[..., Files]
Said = Callable[..., list[Finding]]
Places = Callable[..., list[str]]


def manifest(name: str, text: str) -> str:
    """Five lines that every service has (unless the text says otherwise), then the text, which starts in line 6."""
    version = "" if "\nversion:" in f"\n{text}" else "version: 1.0.0"
    domain = "" if "\ndomain:" in f"\n{text}" else "domain: core"
    owner = "" if "\nowner:" in f"\n{text}" else "owner: ann"
    return f"apiVersion: oneway/v1\nservice: {name}\n{version}\n{owner}\n{domain}\n{dedent(text)}"


@pytest.fixture
def system() -> System:
    """File name → text from keyword arguments: `platform` is added to the common one, others are services."""

    def make(platform: str = "", **services: str) -> Files:
        files = {"platform.yaml": PLATFORM + dedent(platform)}
        return files | {f"{name}.yaml": manifest(name, text) for name, text in services.items()}

    return make


@pytest.fixture
def said() -> Said:
    """Everything that one rule says about files, located."""

    def look(
        rule: str,
        files: Files,
        today: date = date(2026, 6, 1),
        exists: Callable[[str], bool] = lambda _: True,
        env: str | None = None,
        before: tuple[Files, tuple[str, ...]] | None = None,
        breaks: Mapping[tuple[str, str], tuple[Break, ...]] | None = None,
        lacks: Callable[[Service], list[Misfit]] = lambda service: [],
    ) -> list[Finding]:
        contents = {name: text.encode() for name, text in files.items()}
        earlier = None
        if before is not None:
            old = load([(name, text.encode()) for name, text in before[0].items()], env)
            earlier = Before("main", old.system, before[1], breaks or {})
        found = audit(load(contents.items(), env), today, exists, earlier, lacks)
        return [each for each in locate(found, contents.__getitem__, env) if each.rule == rule]

    return look


@pytest.fixture
def places(said: Said) -> Places:
    """`file:line:column message` for everything that one rule says about files."""

    def look(rule: str, files: Files, **more: object) -> list[str]:
        return [f"{each.location} {each.message}" for each in said(rule, files, **more)]

    return look
