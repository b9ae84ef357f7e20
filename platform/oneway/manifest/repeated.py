"""What a service declares twice: each pair has one meaning at most, and which one would be anybody's guess."""

from collections.abc import Hashable, Iterator

from ..errors import Finding, Place, Related, Severity
from ..model import Service


def repeated(file: str, service: Service) -> Iterator[Finding]:
    """One finding for each second endpoint or volume of its kind, and each second call to the same place."""
    endpoints = service.endpoints
    yield from _twice(
        file, "endpoints", [each.name for each in endpoints], "endpoint {} is declared twice", "rename one of them"
    )
    ports = [f"{each.port}/{'udp' if each.protocol == 'udp' else 'tcp'}" for each in endpoints]
    yield from _twice(file, "endpoints", ports, "port {} is declared twice", "one port, one endpoint")
    for part, keys in (
        ("name", [each.name for each in service.volumes]),
        ("path", [each.path for each in service.volumes]),
    ):
        yield from _twice(
            file, "volumes", keys, f"the volume with {part} {{}} is declared twice", f"one {part}, one volume"
        )
    calls = [f"{each.to}/{each.endpoint}" if each.endpoint else each.to for each in service.calls]
    hint = "join them: `per_request` says how many such calls one request makes"
    yield from _twice(file, "calls", calls, "the call to {} is declared twice", hint)


def _twice(file: str, field: str, keys: list[str], message: str, hint: str) -> Iterator[Finding]:
    if len(set(keys)) == len(keys):
        return
    first: dict[Hashable, int] = {}
    for index, key in enumerate(keys):
        if first.setdefault(key, index) != index:
            related = (Related("declared here first", Place(file, (field, first[key]))),)
            said = message.format(key)
            yield Finding(
                "manifest-schema", Severity.ERROR, said, Place(file, (field, index)), hint, related, subject=said
            )
