"""From files to evidence: each file is known by its name, each document by its shape, and what is not read is told."""

import posixpath
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from ..errors import Location
from .mentions import Alias, Kind, Note, Searched
from .observed import Observed, ObservedService, join_services
from .owners import Owners
from .readers.code import is_code, is_test_code, read_code
from .readers.compose import read_compose
from .readers.configuration import is_configuration, is_dockerfile, read_configuration, read_dockerfile, read_documents
from .readers.kinds import kind_of
from .readers.kubernetes import objects_of, read_kubernetes
from .resolve import Names, resolve
from .sources import Fact, SourceFile, Sources
from .yaml_reader import Map, Unreadable, read_yaml

_YAML: Final = (".yaml", ".yml")
# What builds and publishes says nothing of who calls whom when it runs.
_NO_EVIDENCE: Final = re.compile(
    r"(^|/)\.(github|gitlab|circleci|azure\w*|buildkite|tekton)/|(^|/)\.(gitlab-ci|travis)\.yml$"
)
_TEMPLATE: Final = re.compile(rb"\{\{-?\s*[.$(a-z]|\{%-?\s")


def observe(
    files: Iterable[SourceFile],
    sources: Sources | None = None,
    known: Iterable[ObservedService] = (),
    code: Iterable[SourceFile] = (),
    more: Iterable[Fact] = (),
) -> Observed:
    """Everything that the files show. `known` are services that somebody else declares.

    Files come first, since they give names; `code` is read after them, a file at a time, and is not kept. `more` are
    facts from elsewhere, as from traffic.
    """
    given = list(files)
    sources = sources or Sources({posixpath.normpath(each.name): each.content for each in given})
    plain = [each for each in given if not is_code(each.name)]
    facts = [*read_files(plain, sources), *more, *known]
    facts += read_sources(chain((each for each in given if is_code(each.name)), code), list(facts))
    return resolve(facts)


def read_files(files: Iterable[SourceFile], sources: Sources) -> list[Fact]:
    """What files other than code say."""
    facts: list[Fact] = []
    objects: list[tuple[str, Map]] = []
    configurations: list[tuple[str, list[Any]]] = []
    templates: dict[str, str] = {}
    for file in files:
        base = posixpath.basename(file.name)
        if base == ".env" or is_test_code(file.name) or _NO_EVIDENCE.search(file.name):
            continue
        if is_dockerfile(file.name):
            facts += read_dockerfile(file)
        elif file.name.endswith(_YAML):
            chart = _chart(file, sources)
            if chart:
                templates.setdefault(chart, file.name)
                continue
            documents, notes = _documents(file)
            facts += notes
            rest = []
            for document in documents:
                kind = kind_of(document)
                if kind == "compose":
                    facts += read_compose(document, file.name, sources)
                elif kind == "kubernetes":
                    objects += objects_of(document, file.name)
                elif not kind and document is not None:
                    rest.append(document)
            if rest and is_configuration(file.name):
                configurations.append((file.name, rest))
        elif is_configuration(file.name):
            facts += read_configuration(file)
    for name, rest in configurations:
        facts += read_documents(rest, name)
    facts += read_kubernetes(objects)
    facts += (_unrendered(chart, name) for chart, name in sorted(templates.items()))
    return facts


def read_sources(files: Iterable[SourceFile], facts: list[Fact]) -> Iterator[Fact]:
    """What code says, given the facts that name services."""
    services = join_services(each for each in facts if isinstance(each, ObservedService))
    aliases = [each for each in facts if isinstance(each, Alias)]
    names = Names(services, aliases, Owners(services.values(), aliases, ()))
    known: dict[str, bool] = {}

    def knows(word: str) -> bool:
        if word not in known:
            known[word] = names.knows(word)
        return known[word]

    for file in files:
        if not is_test_code(file.name):
            yield Searched(Kind.CODE, file.name)
            yield from read_code(file, knows)


def _documents(file: SourceFile) -> tuple[list[Any], list[Fact]]:
    try:
        return list(read_yaml(file.content)), []
    except Unreadable as error:
        return [], [Note(Location(file.name, error.line, error.column), f"not read: {error.reason}")]


def _chart(file: SourceFile, sources: Sources) -> str:
    """The folder of the Helm chart whose unrendered template this is; empty for anything else."""
    folder, inside, _ = file.name.rpartition("templates/")
    if not inside or not _TEMPLATE.search(file.content):
        return ""
    return (folder or "./").rstrip("/") or "."


def _unrendered(chart: str, name: str) -> Note:
    return Note(Location(name), f"a template, not an object: run `helm template {chart}` and give what it prints")
