"""What code says, in two passes: whom its texts name, and then where the constants and classes that do are used."""

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from .mentions import Alias, Constant, Kind, Mention, Searched, Used, Uses
from .observed import ObservedService, join_services
from .owners import Owners, dotted_folders
from .readers.code import is_test_code, read_code, read_topics, uses_of
from .service_names import Names
from .sources import CodeFiles, Fact, SourceFile

# A name of a class that is like no other word: at least two parts.
_CLASS: Final = re.compile(r"[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]{0,80}")
_WORDS: Final = re.compile(rb"\b[A-Z][A-Za-z0-9]{3,100}\b")


def read_sources(code: CodeFiles, facts: list[Fact]) -> list[Fact]:
    """What code says, given the facts that name services."""
    services = join_services(each for each in facts if isinstance(each, ObservedService))
    aliases = [each for each in facts if isinstance(each, Alias)]
    owners = Owners(services.values(), aliases, code.names)
    modules = [Alias(name, file=file) for name, file in dotted_folders(code.names) if owners.of(file)]
    names = Names(services, [*aliases, *modules], owners)
    needed = sorted({each.needs for each in facts if isinstance(each, Mention) and each.needs})
    found = list(_first_pass(code, _remembering(names.knows), needed))
    constants = [each for each in found if isinstance(each, Constant)]
    classes = _clients(found, constants, owners, code.names)
    said: list[Fact] = [*modules, *(each for each in found if not isinstance(each, Constant))]
    readers = _shared_readers(found, owners)
    again = constants or classes or readers
    return said + list(_second_pass(code, constants, classes, readers)) if again else said


def _remembering(knows: Callable[[str], bool]) -> Callable[[str], bool]:
    known: dict[str, bool] = {}

    def answer(word: str) -> bool:
        if word not in known:
            known[word] = knows(word)
        return known[word]

    return answer


def _first_pass(code: CodeFiles, knows: Callable[[str], bool], needed: Iterable[str]) -> Iterator[Fact]:
    words = [(each, each.encode()) for each in needed]
    for file in _without_tests(code):
        yield Searched(Kind.CODE, file.name)
        yield from (Used(word, file.name) for word, content in words if content in file.content)
        yield from read_code(file, knows)
        yield from read_topics(file)


def _clients(
    found: Iterable[Fact], constants: list[Constant], owners: Owners, names: Iterable[str]
) -> dict[bytes, str]:
    """Classes that may call for others, by name: those in nobody's file, and those in the file of whom they name."""
    named = {each.place.file for each in found if isinstance(each, Mention)}
    homes = {each.file for each in constants}
    shared = {each for each in names if not owners.of(each)}
    files = (named & set(names) | (shared if constants or shared & named else set())) - homes
    classes: dict[bytes, set[str]] = {}
    for file in files:
        stem = posixpath.splitext(posixpath.basename(file))[0]
        if _CLASS.fullmatch(stem):
            classes.setdefault(stem.encode(), set()).add(file)
    return {name: next(iter(where)) for name, where in classes.items() if len(where) == 1}


def _shared_readers(found: Iterable[Fact], owners: Owners) -> dict[re.Pattern[bytes], set[str]]:
    """Folders in which nobody's code reads variables, as an import names them, with these variables."""
    words: dict[str, set[str]] = {}
    for each in found:
        folder = posixpath.dirname(each.file) if isinstance(each, Used) else ""
        if isinstance(each, Used) and folder.count("/") and not owners.all_of(each.file):
            words.setdefault("/".join(folder.split("/")[-2:]), set()).add(each.word)
    return {
        re.compile(rb"\b" + re.escape(folder).replace("/", "[/.]").encode() + rb"\b"): said
        for folder, said in words.items()
    }


def _second_pass(
    code: CodeFiles,
    constants: list[Constant],
    classes: dict[bytes, str],
    readers: dict[re.Pattern[bytes], set[str]],
) -> Iterator[Fact]:
    uses = uses_of(constants) if constants else lambda file: ()
    for file in _without_tests(code):
        yield from uses(file)
        for imported, words in readers.items():
            if imported.search(file.content):
                yield from (Used(word, file.name) for word in sorted(words))
        if classes:
            used = classes.keys() & set(_WORDS.findall(file.content))
            yield from (Uses(file.name, classes[name]) for name in sorted(used) if classes[name] != file.name)


def _without_tests(code: CodeFiles) -> Iterator[SourceFile]:
    return (each for each in code.read() if not is_test_code(each.path))
