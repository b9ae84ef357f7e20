"""What is sent and what is answered, by media type and status."""

from collections.abc import Iterator, Mapping
from typing import Any

from .described_operations import Operation
from .description_values import Side, as_map, follow
from .schemas import Comparison, Said


def request_body(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Said]:
    """A body that was taken has to be taken still, and none asked for where none was needed."""
    required = new.body.get("required") is True
    if required and old.body.get("required") is not True:
        yield Said("", "a body is required now")
    if old.body and not new.body:
        yield Said("", "a body is no longer taken", sure=False)
    before, after = as_map(old.body.get("content")), as_map(new.body.get("content"))
    for kind, said in before.items() if new.body else ():
        found = _covering(str(kind), after)
        if found is None:
            yield Said("", f"a body of type {kind} is no longer taken")
        else:
            yield from comparison.changes(Side.REQUEST, _schema(said), _schema(after[found]), "body")


def answers(comparison: Comparison, old: Operation, new: Operation) -> Iterator[Said]:
    """A good status has to be answered still, and what is answered has to be as it was."""
    for status, answer in old.answers.items():
        good = status.startswith("2")
        found = next((each for each in (status, f"{status[:1]}XX", "DEFAULT") if each in new.answers), None)
        if status.endswith("XX") and status not in new.answers:
            found = next((each for each in new.answers if each[:1] == status[:1]), found)
        if found is None:
            yield from [Said("", f"status {status.replace('XX', 'xx')} is no longer answered")] if good else ()
            continue
        title = f"answer {status.lower() if status == 'DEFAULT' else status.replace('XX', 'xx')}"
        yield from _answer(comparison, answer, new.answers[found], title)


def _answer(comparison: Comparison, old: Mapping[str, Any], new: Mapping[str, Any], title: str) -> Iterator[Said]:
    before, after = as_map(old.get("content")), as_map(new.get("content"))
    for kind, said in before.items():
        found = _covering(str(kind), after)
        if found is None:
            yield Said("", f"{title} is no longer of type {kind}")
        else:
            yield from comparison.changes(Side.ANSWER, _schema(said), _schema(after[found]), title)
    yield from _headers(comparison, as_map(old.get("headers")), as_map(new.get("headers")), title)


def _headers(comparison: Comparison, old: Mapping[str, Any], new: Mapping[str, Any], title: str) -> Iterator[Said]:
    named = {str(name).lower(): header for name, header in new.items()}
    for name, header in old.items():
        before = as_map(follow(header, comparison.old))
        required = before.get("required") is True
        if str(name).lower() not in named:
            yield Said("", f"{title}: header {name} is gone", sure=required)
            continue
        after = as_map(follow(named[str(name).lower()], comparison.new))
        if required and after.get("required") is not True:
            yield Said("", f"{title}: header {name} may be left out now")
        was, now = before.get("schema", before), after.get("schema", after)
        yield from comparison.changes(Side.ANSWER, was, now, f"{title}: header {name}")


def _covering(kind: str, content: Mapping[str, Any]) -> str | None:
    """The entry that holds for a media type: itself, whatever its parameters, or the range that it lies in."""
    plain = {_plain(each): each for each in content}
    wanted = _plain(kind)
    ranges = (wanted, f"{wanted.partition('/')[0]}/*", "*/*")
    return next((plain[each] for each in ranges if each in plain), None)


def _plain(kind: str) -> str:
    return kind.partition(";")[0].strip().lower()


def _schema(said: Any) -> Any:
    return as_map(said).get("schema", {})
