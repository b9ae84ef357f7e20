"""Score files: a workload with its ports and variables, and the resources that it asks for."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from ..hosts import hosts_of
from ..mentions import Alias, Kind, Mention, Note
from ..observed import ObservedService, service_name, split_secrets
from ..sources import Fact, Sources
from ..yaml_reader import Map, place_of

# Resources that are other workloads, and those that only lead to the workload itself.
_WORKLOADS: Final = ("service", "workload", "service-port")
_OWN: Final = ("dns", "route", "environment", "volume", "horizontal-pod-autoscaler", "tls-cert", "config")


def is_score(document: Any) -> bool:
    """Whether this is a Score file."""
    return isinstance(document, Map) and str(document.get("apiVersion")).startswith("score.dev/")


def read_score(documents: Iterable[tuple[str, Any]], sources: Sources) -> Iterator[Fact]:
    """The workload of each file and whom it names."""
    for file, document in documents:
        given = str(_map(document.get("metadata")).get("name") or "")
        if not given:
            yield Note(place_of(document, "apiVersion", file), "a Score file without a name")
            continue
        name = service_name(given)
        yield _service(name, document, file)
        yield Alias(given, name)
        yield from _resources(name, document, file)
        for container in _map(document.get("containers")).values():
            variables = _map(_map(container).get("variables"))
            for key, value in variables.items():
                place, said = place_of(variables, key, file), f"environment {key}"
                for each in hosts_of(key, str(value)) if "${" not in str(value) else ():
                    yield Mention(Kind.ENVIRONMENT, name, place, said, each.host, each.port, each.scheme)


def _service(name: str, document: Map, file: str) -> ObservedService:
    containers = [_map(each) for each in _map(document.get("containers")).values()]
    ports = {
        service_name(str(key)): number
        for key, each in _map(_map(document.get("service")).get("ports")).items()
        if isinstance(number := _map(each).get("targetPort", _map(each).get("port")), int) and 0 < number < 65536
    }
    variables = {key: str(value) for each in containers for key, value in _map(each.get("variables")).items()}
    plain, secret = split_secrets({key: value for key, value in variables.items() if "${" not in value})
    image = next((str(each.get("image")) for each in containers if each.get("image") not in (None, ".")), "")
    requests = _map(_map(containers[0].get("resources")).get("requests")) if containers else {}
    return ObservedService(
        name,
        file,
        image=image,
        ports=ports,
        cpu=_text(requests.get("cpu")),
        memory=_text(requests.get("memory")),
        env=plain,
        secret_env=secret,
        public=any(_map(each).get("type") == "route" for each in _map(document.get("resources")).values()),
        tool="score",
    )


def _resources(name: str, document: Map, file: str) -> Iterator[Fact]:
    resources = _map(document.get("resources"))
    for key, each in resources.items():
        kind, place = str(_map(each).get("type")), place_of(resources, key, file)
        if kind in _WORKLOADS:
            host = str(_map(each).get("id") or key)
            yield Mention(Kind.CONFIGURATION, name, place, f"resource {key}", host)
        elif kind not in _OWN:
            text = (
                f"{name}: resource {key} is a {kind}: declare it under `externals`, or as a service of `kind: backing`"
            )
            yield Note(place, text, unread=False)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Map) else {}


def _text(value: Any) -> str | None:
    return str(value) if isinstance(value, str | int | float) and not isinstance(value, bool) else None
