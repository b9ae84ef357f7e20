"""From files to evidence: each file is known by its name, each document by its shape, and what is not read is told."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any, Final

from ..errors import Location
from .code_passes import read_sources
from .mentions import Note, hashed
from .observed import Observed, ObservedService
from .readers.backstage import is_backstage, read_backstage
from .readers.code import is_code, is_test_code
from .readers.compose import is_compose, read_compose
from .readers.config_files import is_configuration, is_dockerfile, read_configuration, read_dockerfile, read_documents
from .readers.envoy import is_envoy, read_envoy
from .readers.kubernetes import is_kubernetes, read_kubernetes
from .readers.manifests import is_oneway
from .readers.score import is_score, read_score
from .resolve import resolve
from .sources import CodeFiles, Fact, SourceFile, Sources
from .twins import unite
from .undeployed import undeployed
from .yaml_reader import Unreadable, read_yaml

_YAML: Final = (".yaml", ".yml")
NO_CODE: Final = CodeFiles()
Documents = Sequence[tuple[str, Any]]

# Readers of files by their names, but for YAML and code.
FILES: Final[dict[str, tuple[Callable[[str], bool], Callable[[SourceFile], Iterable[Fact]]]]] = {
    "dockerfile": (is_dockerfile, read_dockerfile),
    "configuration": (is_configuration, read_configuration),
}
# Readers of YAML by a document's shape: the first that fits gets it, and reads all of its kind together. Oneway's own
# manifests are what evidence is compared with, never evidence.
DOCUMENTS: Final[dict[str, tuple[Callable[[Any], bool], Callable[[Documents, Sources], Iterable[Fact]]]]] = {
    "oneway": (is_oneway, lambda documents, sources: ()),
    "score": (is_score, read_score),
    "backstage": (is_backstage, read_backstage),
    "envoy": (is_envoy, read_envoy),
    "compose": (is_compose, read_compose),
    "kubernetes": (is_kubernetes, read_kubernetes),
    "configuration": (lambda document: document is not None, read_documents),
}

# What builds and publishes says nothing of who calls whom when it runs.
_NO_EVIDENCE: Final = re.compile(
    r"(^|/)\.(github|gitlab|circleci|azure\w*|buildkite|tekton)/|(^|/)\.(gitlab-ci|travis)\.yml$"
)
_TEMPLATE: Final = re.compile(rb"\{\{-?\s*[.$(a-z]|\{%-?\s")


def observe(
    files: Iterable[SourceFile],
    sources: Sources | None = None,
    known: Iterable[ObservedService] = (),
    code: CodeFiles = NO_CODE,
    more: Iterable[Fact] = (),
    recall: Callable[[Sequence[Fact], Callable[[], list[Fact]]], list[Fact]] = lambda asked, read: read(),
) -> Observed:
    """Everything that the files show. `known` are services that somebody else declares; `recall` may know what the code
    of `code` said before, given the same facts.

    Files come first, since they give names; `code` is read after them, a file at a time and at most twice, and is not
    kept. `more` are facts from elsewhere, as from traffic.
    """
    given = list(files)
    sources = sources or Sources({posixpath.normpath(each.name): each.content for each in given})
    own = [each for each in given if is_code(each.name)]
    facts = unite([*read_files((each for each in given if not is_code(each.name)), sources), *more, *known])
    facts += [hashed(each.name) for each in facts if isinstance(each, ObservedService)]
    facts += undeployed(facts, [each.name for each in given])
    whole = CodeFiles([*(each.name for each in own), *code.names], lambda: chain(own, code.read()))
    if own:
        return resolve([*facts, *read_sources(whole, facts)])
    return resolve([*facts, *recall(facts, lambda: read_sources(whole, facts))])


def read_files(files: Iterable[SourceFile], sources: Sources) -> list[Fact]:
    """What files other than code say."""
    facts: list[Fact] = []
    documents: dict[str, list[tuple[str, Any]]] = {kind: [] for kind in DOCUMENTS}
    charts: dict[str, str] = {}
    for file in files:
        if posixpath.basename(file.name) == ".env" or is_test_code(file.path) or _NO_EVIDENCE.search(file.path):
            continue
        if not file.name.endswith(_YAML):
            facts += next((read(file) for fits, read in FILES.values() if fits(file.name)), ())
        elif chart := _chart(file):
            charts.setdefault(chart, file.name)
        else:
            facts += _sort_documents(file, documents)
    for kind, (_, read_all) in DOCUMENTS.items():
        facts += read_all(documents[kind], sources)
    facts += (_unrendered(chart, name) for chart, name in sorted(charts.items()))
    return facts


def _sort_documents(file: SourceFile, documents: dict[str, list[tuple[str, Any]]]) -> Iterator[Note]:
    """Put the documents of a file to those of their kind; what cannot be read is noted."""
    try:
        for document in read_yaml(file.content):
            kind = next((name for name, (fits, _) in DOCUMENTS.items() if fits(document)), "")
            if kind and (kind != "configuration" or is_configuration(file.name)):
                documents[kind].append((file.name, document))
    except Unreadable as error:
        yield Note(Location(file.name, error.line, error.column), f"not read: {error.reason}")


def _chart(file: SourceFile) -> str:
    """The folder of the Helm chart whose unrendered template this is; empty for anything else."""
    folder, inside, _ = file.name.rpartition("templates/")
    if not inside or not _TEMPLATE.search(file.content):
        return ""
    return (folder or "./").rstrip("/") or "."


def _unrendered(chart: str, name: str) -> Note:
    return Note(Location(name), f"a template, not an object: run `helm template {chart}` and give what it prints")
