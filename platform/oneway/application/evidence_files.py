"""The files that `import` and `drift` look at: what readers know by name, without what a repository ignores."""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from pathspec import GitIgnoreSpec

from ..errors import Location, UsageError
from ..evidence import CodeFiles, Fact, Note, Observed, ObservedService, SourceFile, Sources, observe
from ..evidence.readers.code import MAX_BYTES, is_code
from ..evidence.readers.config_files import is_configuration, is_dockerfile
from ..evidence.readers.traffic import read_traffic
from .code_memory import CodeMemory

_SUFFIXES: Final = (".yaml", ".yml")
# Other people's code and what builds leave behind, wherever no ignore file says so.
_NOT_OURS: Final = frozenset(
    {".git", ".hg", ".venv", "venv", "node_modules", "bower_components", "vendor", "third_party", "target", "dist"}
    | {"__pycache__", ".gradle", ".idea", ".tox", ".mypy_cache", ".terraform", ".platform", "site-packages"}
)
_WITHOUT_GRAMMAR: Final = {
    **dict.fromkeys((".ex", ".exs"), "Elixir"),
    **dict.fromkeys((".clj", ".cljs"), "Clojure"),
    **dict.fromkeys((".fs", ".fsx"), "F#"),
    **dict.fromkeys((".pl", ".pm"), "Perl"),
    ".scala": "Scala",
    ".swift": "Swift",
    ".erl": "Erlang",
    ".dart": "Dart",
    ".groovy": "Groovy",
    ".vb": "Visual Basic",
    ".hs": "Haskell",
}
_LARGEST: Final = 8 << 20


@dataclass(slots=True)
class Given:
    """The files below the given paths, by how they are read; `notes` tells what is left out."""

    files: list[SourceFile] = field(default_factory=list)
    code: list[tuple[Path, str]] = field(default_factory=list)
    notes: list[Fact] = field(default_factory=list)
    foreign: dict[str, list[str]] = field(default_factory=dict)

    def unread(self) -> Iterator[Note]:
        """One note for each language that has no reader here."""
        for language, names in sorted(self.foreign.items()):
            text = f"not read: {language}, which no reader here knows ({len(names)} files)"
            yield Note(Location(min(names)), text)


def observe_paths(
    paths: Sequence[Path],
    code: Sequence[Path] = (),
    traffic: Sequence[Path] = (),
    known: Iterable[ObservedService] = (),
    root: Path | None = None,
    since: float | None = None,
    more: Iterable[Fact] = (),
) -> Observed:
    """What files, code and traffic show. `paths` may hold code as well; names are relative to `root` where they can be.

    Traffic from before `since`, in seconds since 1970, does not count. `more` are facts from elsewhere.
    UsageError when a path does not exist.
    """
    given = Given()
    for each in paths:
        _gather(each, given, root)
    only_code = Given()
    for each in code:
        _gather(each, only_code, root)
    given.code += [each for each in only_code.code if each not in given.code]
    given.notes += [*only_code.notes, *given.unread(), *only_code.unread()]
    sources = Sources({each.name: each.content for each in given.files}, lambda name: _beside(name, root))
    given.code, passed_over = _readable(given.code, root)
    more = [*given.notes, *passed_over, *more, *(fact for each in traffic for fact in _traffic(each, root, since))]
    whole = CodeFiles([_name(path, root) for path, _ in given.code], lambda: _read_code(given.code, root))
    memory = CodeMemory.of(root, [path for path, _ in given.code])
    if memory is None:
        return observe(given.files, sources, known, whole, more)
    return observe(given.files, sources, known, whole, more, memory.recall)


def require_services(observed: Observed, paths: Sequence[Path]) -> Observed:
    """The same, when there is any service in it; UsageError otherwise."""
    if not observed.services:
        looked = ", ".join(map(str, paths[:5]))
        notes = "; ".join(observed.notes[:3])
        raise UsageError(
            f"no service in {looked}{f' ({notes})' if notes else ''}",
            "name compose files, or files with Deployments, StatefulSets or DaemonSets",
        )
    return observed


def _gather(path: Path, given: Given, root: Path | None) -> None:
    if path.is_dir():
        for each in _walk(path, []):
            _take(each, path, given, root)
    elif path.is_file():
        beside = path.parent / ".env"
        for each in (beside, path) if beside.is_file() and path.name != ".env" else (path,):
            _take(each, path.parent, given, root, asked=True)
    else:
        raise UsageError(f"{path} does not exist", "name files or folders that do")


def _walk(folder: Path, ignored: list[tuple[Path, GitIgnoreSpec]]) -> Iterator[Path]:
    """Files below a folder, sorted, without what an ignore file leaves out; links are not followed."""
    own = folder / ".gitignore"
    if own.is_file():
        ignored = [*ignored, (folder, GitIgnoreSpec.from_lines(own.read_text("utf-8", "replace").splitlines()))]
    with os.scandir(folder) as entries:
        found = sorted(entries, key=lambda each: each.name)
    for each in found:
        path = Path(each.path)
        if each.is_symlink() or _is_ignored(path, each.is_dir(), ignored):
            continue
        if each.is_dir():
            if each.name not in _NOT_OURS:
                yield from _walk(path, ignored)
        elif each.is_file():
            yield path


def _is_ignored(path: Path, folder: bool, ignored: list[tuple[Path, GitIgnoreSpec]]) -> bool:
    ending = "/" if folder else ""
    return any(spec.match_file(path.relative_to(base).as_posix() + ending) for base, spec in ignored)


def _take(path: Path, below: Path, given: Given, root: Path | None, asked: bool = False) -> None:
    name, inside = _name(path, root), path.relative_to(below).as_posix()
    if is_code(inside):
        given.code.append((path, inside))
        return
    if language := _WITHOUT_GRAMMAR.get(path.suffix):
        given.foreign.setdefault(language, []).append(name)
    if not (
        asked or path.suffix in _SUFFIXES or path.name == ".env" or is_configuration(inside) or is_dockerfile(inside)
    ):
        return
    try:
        if path.stat().st_size > _LARGEST:
            given.notes.append(Note(Location(name), f"not read: more than {_LARGEST >> 20} MiB"))
        else:
            given.files.append(SourceFile(name, path.read_bytes(), inside))
    except OSError as error:
        given.notes.append(Note(Location(name), f"not read: {error.strerror or error}"))


def _readable(code: Sequence[tuple[Path, str]], root: Path | None) -> tuple[list[tuple[Path, str]], list[Note]]:
    """The files of code that can be read, and what is told of the others."""
    found: list[tuple[Path, str]] = []
    notes: list[Note] = []
    for path, inside in code:
        try:
            size = path.stat().st_size
            path.open("rb").close()
        except OSError as error:
            notes.append(Note(Location(_name(path, root)), f"not read: {error.strerror or error}"))
            continue
        if size > MAX_BYTES:
            notes.append(Note(Location(_name(path, root)), f"not read: code of more than {MAX_BYTES >> 20} MiB"))
        else:
            found.append((path, inside))
    return found, notes


def _read_code(paths: Iterable[tuple[Path, str]], root: Path | None) -> Iterator[SourceFile]:
    for path, inside in paths:
        try:
            if path.stat().st_size <= MAX_BYTES:
                yield SourceFile(_name(path, root), path.read_bytes(), inside)
        except OSError:
            continue


def _traffic(path: Path, root: Path | None, since: float | None) -> Iterator[Fact]:
    if not path.is_file():
        raise UsageError(f"{path} does not exist", "name files with traces, flows or access logs")
    with path.open("rb") as stream:
        yield from read_traffic(stream, _name(path, root), since)


def _name(path: Path, root: Path | None) -> str:
    if root is not None and path.resolve().is_relative_to(root):
        return path.resolve().relative_to(root).as_posix()
    return os.path.normpath(path).replace(os.sep, "/")


def _beside(name: str, root: Path | None) -> bytes | None:
    """A file that another one refers to. Only plain files of sane size are read."""
    path = (root or Path()) / name
    try:
        if path.is_file() and path.stat().st_size <= _LARGEST:
            return path.read_bytes()
    except OSError:
        return None
    return None
