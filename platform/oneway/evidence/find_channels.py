"""From calls of brokers' clients to channels: names are resolved when everything has been read."""

import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .mentions import Bound, Note, Posted, TopicName, Way
from .observed import ObservedChannel, ObservedService
from .owners import Owners
from .readers.backing import is_backing

_LITERAL: Final = re.compile(r"""^[@$bfru]{0,2}["'`]([^"'`]{1,300})["'`](?:\.\w+\(\))?$""")
_PLACEHOLDER: Final = re.compile(r"^[#$]\{([\w.-]+)(?::([^{}]*))?\}$")
_ENVIRONMENT: Final = re.compile(
    r"(?:environ(?:\.get)?|getenv|Getenv|LookupEnv|GetEnvironmentVariable|env)(?:\(|\[|\.)\s*[\"'`]?([A-Z][A-Z0-9_]{2,60})"
)
_DEFAULT: Final = re.compile(r"(?:,|\|\||\?\?)\s*[\"'`]([\w./:-]{1,200})[\"'`]")
# A queue that is declared is known by what comes back: `queue.Name` of `queue := channel.QueueDeclare("orders")`.
_DECLARED: Final = re.compile(
    r"[\w.$>-]*(?:declare|assert|Queue|Exchange)\w*\(\s*(?:\w+\s*[=:]\s*)?([\w.]+|[\"'`][^\"'`]+[\"'`])", re.IGNORECASE
)
_OF_IT: Final = re.compile(r"(?:\.method)?\.(?:[Nn]ame|queue|QueueName|getName\(\))$")
_WORD: Final = re.compile(r"[A-Za-z_]\w*")
_PLAIN: Final = re.compile(r"[A-Za-z0-9][\w./:*>#-]{0,200}")
_STEPS: Final = 4


def find_channels(
    posted: Iterable[Posted],
    bound: Iterable[Bound],
    names: Iterable[TopicName],
    services: Mapping[str, ObservedService],
    owners: Owners,
) -> tuple[tuple[ObservedChannel, ...], list[Note]]:
    """The channels by name, and what could not be said of them."""
    known = _Names(names, services, owners)
    exchanges: dict[str, set[str]] = {}
    for each in bound:
        queue, exchange = known.value(each.queue, each.file), known.value(each.exchange, each.file)
        if queue and exchange:
            exchanges.setdefault(queue, set()).add(exchange)
    found: dict[str, _Channel] = {}
    unclear: list[Note] = []
    for one in sorted(set(posted), key=lambda said: (said.place, said.way, said.topic)):
        owner, name = owners.of(one.place.file), known.value(one.topic, one.place.file)
        if owner in services and is_backing(services[owner].image):
            continue
        if owner and name:
            for channel in exchanges.get(name, {name}):
                found.setdefault(channel_name(channel), _Channel()).add(one, owner)
        elif owner:
            verb = "publishes" if one.way is Way.PUBLISH else "subscribes"
            text = f"{owner} {verb}, and what {one.topic[:60]} is cannot be read"
            unclear.append(Note(one.place, text, unread=False))
    channels = tuple(said.observed(name) for name, said in sorted(found.items()))
    return channels, unclear


def channel_name(text: str) -> str:
    """The name as manifests write those of channels; of an address of SNS or SQS the last part."""
    last = re.split(r"[/:]", text.rstrip("/:"))[-1] if re.match(r"(arn:|https?://)", text) else text
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", last).lower()
    name = re.sub(r"([._-])[._-]+", r"\1", re.sub(r"[^a-z0-9._-]+", "-", spaced)).strip("._-")[:90]
    return name if name[:1].isalpha() else f"c-{name}"


@dataclass(slots=True)
class _Channel:
    """What was seen of a channel so far."""

    publishers: set[str] = field(default_factory=set)
    subscribers: set[str] = field(default_factory=set)
    brokers: set[str] = field(default_factory=set)
    places: list[str] = field(default_factory=list)

    def add(self, posted: Posted, owner: str) -> None:
        (self.publishers if posted.way is Way.PUBLISH else self.subscribers).add(owner)
        self.brokers |= {posted.broker} - {""}
        self.places.append(f"{posted.place.file}:{posted.place.line}")

    def observed(self, name: str) -> ObservedChannel:
        broker = next(iter(sorted(self.brokers)), "")
        publishers, subscribers, places = (tuple(sorted(each)) for each in self._sets())
        return ObservedChannel(name, broker, publishers, subscribers, places)

    def _sets(self) -> tuple[set[str], set[str], set[str]]:
        return self.publishers, self.subscribers, set(self.places)


class _Names:
    """What an expression that names a topic stands for: a text, a constant, a setting, a variable."""

    def __init__(self, names: Iterable[TopicName], services: Mapping[str, ObservedService], owners: Owners) -> None:
        self._services, self._owners = services, owners
        self._given: dict[str, list[TopicName]] = {}
        for each in names:
            self._given.setdefault(each.name, []).append(each)

    def value(self, text: str, file: str, steps: int = 0) -> str:
        """The topic's name; empty where it cannot be told."""
        text = text.strip().lstrip("&*$").removesuffix(".value")
        if steps > _STEPS or not text:
            return ""
        if literal := _LITERAL.match(text):
            return self._literal(literal[1], file, steps)
        if variable := _ENVIRONMENT.search(text):
            env = self._services[owner].env if (owner := self._owners.of(file)) in self._services else {}
            default = _DEFAULT.search(text)
            return env.get(variable[1]) or (default[1] if default else "") or self._setting(variable[1], file, steps)
        if declared := _DECLARED.match(text):
            return self.value(declared[1], file, steps + 1)
        text = _OF_IT.sub("", text)
        words = _WORD.findall(text)
        if not words or not re.fullmatch(r"[\w.:>\[\]$-]+(\(\))?", text):
            return ""
        return self._constant(words, file, steps)

    def _literal(self, text: str, file: str, steps: int) -> str:
        if placeholder := _PLACEHOLDER.match(text):
            return self._setting(placeholder[1], file, steps) or (placeholder[2] or "")
        return text if _PLAIN.fullmatch(text) else ""

    def _setting(self, name: str, file: str, steps: int) -> str:
        return self._nearest(self._given.get(name, []), file, steps)

    def _constant(self, words: list[str], file: str, steps: int) -> str:
        found = self._given.get(words[-1], [])
        holders = [each for each in found if len(words) > 1 and _stem(each.file) == words[-2]]
        return self._nearest(holders or found, file, steps)

    def _nearest(self, found: list[TopicName], file: str, steps: int) -> str:
        """The one in the file itself, else in the same service, else the only one that there is."""
        owner = self._owners.of(file)
        own = [each for each in found if each.file == file]
        same = [each for each in found if owner and self._owners.of(each.file) == owner]
        for group in (own, same, found):
            values = {value for each in group if (value := self.value(each.value, each.file, steps + 1))}
            if values:
                return next(iter(values)) if len(values) == 1 else ""
        return ""


def _stem(file: str) -> str:
    return posixpath.splitext(posixpath.basename(file))[0]
