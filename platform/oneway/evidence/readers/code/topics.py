"""Who publishes and who subscribes, by the calls of brokers' clients in code."""

import posixpath
import re
from collections.abc import Iterator
from typing import Any, Final

from ....errors import Location
from ...mentions import Bound, Posted, TopicName, Way
from ...sources import Fact, SourceFile
from .broker_clients import BINDS, BROKER_WORDS, BROKERS, CLIENTS, TYPED_BUS, TYPED_HANDLER, TYPED_PUBLISH, BrokerClient
from .languages import Language, language_of, parser_of

_ACTION: Final = re.compile(
    rb"publish|subscri|consum|produc|sendtoqueue|convertandsend|listener|incoming|outgoing|eventpattern|xadd|queueurl"
    rb"|topic|writer|queue_?bind|trigger|\.send\("
)
_ARGUMENTS: Final = ("argument_list", "arguments", "value_arguments", "literal_value", "initializer_expression")
_HEAD: Final = re.compile(r"(?:([\w$.>:()\[\]!?-]*?)\s*(?:\.|->|::|\?\.))?([A-Za-z_]\w*)\s*(?:<[^<>()]*>)?\s*$")
_KEYED: Final = re.compile(r"^['\"]?([A-Za-z_]\w*)['\"]?\s*(?:=(?!=)|:(?!:)|=>)\s*(.*)$", re.DOTALL)
_INNER: Final = re.compile(r"['\"]?\b([A-Za-z_]\w*)['\"]?\s*(?:=(?!=)|:(?!:)|=>)\s*([^,{}\[\]]+|[\[{][^\]}]*[\]}])")
_CONTEXT: Final = re.compile(r"^(ctx|\w*[cC]ontext\b.*|[\w.]*Background\(\)|c|cancellationToken)$")
_DAPR: Final = ("publishevent", "publisheventasync", "publish_event", "topic")
# In lower case: what is called like a topic, and is given something.
_NAMING: Final = re.compile(
    rb"""(?:topic|queue|exchange|subject|channel|stream|event|routing)\w*(?:\s*,\s*\w+|\s+\w+)?"""
    rb"""\s*(?::\s*\w+\s*=|:?=(?!=)|:)\s*([^\n;]{2,200})"""
)
_WORD_BEFORE: Final = re.compile(rb"\w*\Z")
_WORD_AT: Final = re.compile(rb"\w+")
_DECLARING: Final = re.compile(rb"\b(\w+)(?:\s*,\s*\w+)?\s*:?=\s*((?:await\s+)?[\w.$>-]*[dD]eclare\([^\n]{2,200})")
_NAMES: Final = (b"topic", b"queue", b"exchange", b"subject", b"channel", b"stream", b"event", b"routing")
_LIST: Final = re.compile(
    r"&?(?:(?:[\w.]*(?:asList|[lL]istOf|List\.of|Set\.of|setOf|arrayOf)\(|(?:new\s+)?(?:string)?\[\](?:string)?\s*\{|\[|\{))(.*)[\])}]",
    re.DOTALL | re.IGNORECASE,
)
_MOST: Final = 200
_TYPES: Final = r"\b%s\b\s*=\s*(?:new\s+([A-Z]\w+)|[^;\n]*?(?:Map|Adapt)\s*<\s*([A-Z]\w+)\s*>)"


def read_topics(file: SourceFile) -> Iterator[Fact]:
    """What the file publishes and subscribes to, and the names that it gives to topics."""
    content = file.content
    language = language_of(posixpath.splitext(file.name)[1])
    if language is None:
        return
    lower = content.lower()
    if any(word in lower for word in _NAMES):
        yield from _names(content, lower, file.name)
    if file.name.endswith(".cs") and TYPED_BUS.search(content):
        yield from _typed(content, file.name)
    if any(word in lower for word in BROKER_WORDS) and _ACTION.search(lower):
        brokers = [name for name, pattern in BROKERS.items() if pattern.search(lower)]
        if brokers:
            yield from _calls(file, language, next(iter(filter(None, brokers)), ""))


def _names(content: bytes, lower: bytes, file: str) -> Iterator[TopicName]:
    for match in list(_NAMING.finditer(lower))[:_MOST]:
        before = _WORD_BEFORE.search(content[max(0, match.start() - 60) : match.start()])
        start = match.start() - (len(before[0]) if before else 0)
        name = _WORD_AT.match(content, start)
        if name:
            yield TopicName(name[0].decode(), _decoded(content[match.start(1) : match.end(1)]), file)
    if b"declare" in lower:
        for match in list(_DECLARING.finditer(content))[:_MOST]:
            yield TopicName(match[1].decode(), _decoded(match[2]), file)


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace").strip()


def _typed(content: bytes, file: str) -> Iterator[Posted]:
    for match in TYPED_HANDLER.finditer(content):
        yield Posted(Way.SUBSCRIBE, f'"{match[1].decode()}"', _place(content, match.start(), file), "")
    text = content.decode("utf-8", "replace")
    for match in TYPED_PUBLISH.finditer(content):
        name = (match[1] or match[2] or b"").decode()
        if not name:
            found = re.search(_TYPES % re.escape(match[3].decode()), text)
            name = (found[1] or found[2]) if found else ""
        if name:
            yield Posted(Way.PUBLISH, f'"{name}"', _place(content, match.start(), file), "")


def _place(content: bytes, at: int, file: str) -> Location:
    return Location(file, content.count(b"\n", 0, at) + 1, at - content.rfind(b"\n", 0, at))


def _calls(file: SourceFile, language: Language, broker: str) -> Iterator[Fact]:
    parser, _ = parser_of(language)
    produces = b"KafkaClient" in file.content or b"RabbitClient" in file.content or b"NatsClient" in file.content
    waiting = [parser.parse(file.content).root_node]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        arguments = next((each for each in node.children if each.type.endswith(_ARGUMENTS)), None)
        if arguments is None:
            continue
        head = file.content[node.start_byte : arguments.start_byte][-200:].decode("utf-8", "replace")
        match = _HEAD.search(head)
        if match is None:
            continue
        if "declaration" in node.type or "definition" in node.type:
            continue
        line, column = node.start_point
        place = Location(file.name, line + 1, column + 1)
        receiver, name = match[1] or "", match[2]
        given = [_text(each) for each in arguments.named_children if "comment" not in each.type]
        if BINDS.fullmatch(name):
            yield from _bound(given, file.name)
        elif name == "Topic" and ("annotation" in node.type or ("attribute" in node.type and broker == "dapr")):
            way = Way.PUBLISH if produces else Way.SUBSCRIBE
            yield from (Posted(way, each, place, broker) for each in given[-1:] if not _KEYED.match(each))
        else:
            yield from _posted(receiver, name, given, place, broker)


def _posted(receiver: str, name: str, given: list[str], place: Location, broker: str) -> Iterator[Posted]:
    for client in CLIENTS:
        if not re.fullmatch(client.name, name, re.IGNORECASE):
            continue
        keyed, plain = _sorted(given)
        said = [keyed[key] for key in client.keys if key in keyed and key not in ("routingKey", "routing_key")]
        if client.exchange and said and _is_empty(said[0]):
            said = [value for key, value in keyed.items() if key in ("routingKey", "routing_key")]
        if not said and client.at is not None:
            allowed = not client.receiver or re.search(client.receiver, receiver, re.IGNORECASE)
            said = _by_number(client, name, plain) if allowed else []
        if said:
            yield from (Posted(client.way, each, place, broker) for each in _each(said[0]))
            return


def _by_number(client: BrokerClient, name: str, plain: list[str]) -> list[str]:
    if name.lower() in _DAPR:
        return plain[1:2]
    if name == "basic_publish" and plain and not _is_named(plain[0]):
        plain = plain[1:]
    if name == "convertAndSend" and len(plain) == 2:
        return plain[:1]
    first = plain[client.at or 0 :]
    return first[1:2] if client.exchange and first and _is_empty(first[0]) else first[:1]


def _is_named(text: str) -> bool:
    return text[:1] in "\"'`"


def _is_empty(text: str) -> bool:
    return text in ('""', "''", "``", "string.Empty")


def _sorted(given: list[str]) -> tuple[dict[str, str], list[str]]:
    """The arguments by name, those inside an object among them, and the others in order, without contexts."""
    keyed: dict[str, str] = {}
    plain: list[str] = []
    for each in given:
        match = _KEYED.match(each)
        if match and not _is_named(each):
            keyed[match[1]] = match[2].strip()
        elif (each.startswith(("{", "new ", "&")) and "{" in each) or each.startswith("["):
            keyed |= {inner[1]: inner[2].strip() for inner in _INNER.finditer(each)}
            plain += [each] if each.startswith(("[", "&[")) else []
        elif not _CONTEXT.match(each):
            plain.append(each)
    return keyed, plain


def _each(text: str) -> list[str]:
    """A list, as each of its elements."""
    match = _LIST.fullmatch(text)
    if match is None or text[:1] in "\"'`":
        return [text]
    return [each.strip() for each in match[1].split(",") if each.strip()][:20]


def _bound(given: list[str], file: str) -> Iterator[Bound]:
    keyed, plain = _sorted(given)
    queue = keyed.get("queue") or keyed.get("destination") or next(iter(plain), "")
    exchange = keyed.get("exchange") or keyed.get("source") or ""
    if not exchange and len(plain) > 1:
        exchange = plain[2] if file.endswith(".go") and len(plain) > 2 else plain[1]
    if queue and exchange:
        yield Bound(queue, exchange, file)


def _text(node: Any) -> str:
    return (node.text or b"")[:600].decode("utf-8", "replace").strip()
