"""What a target cannot run of a service. `check` asks it beforehand, and each target before it starts anything."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, get_args

from .backings import image_name
from .platform import Environment
from .service import RuntimeName, Service
from .system import System

Path = tuple[str | int, ...]

_STATEFUL: Final = frozenset(
    {
        *("postgres", "postgresql", "postgis", "timescaledb", "pgvector", "mysql", "mariadb", "percona", "sqlserver"),
        *("mongo", "mongodb", "couchdb", "couchbase", "cassandra", "scylla", "clickhouse", "clickhouse-server"),
        *("redis", "valkey", "keydb", "dragonfly", "neo4j", "arangodb", "rethinkdb", "surrealdb", "cockroach"),
        *("influxdb", "questdb", "victoria-metrics", "prometheus", "loki", "elasticsearch", "opensearch", "solr"),
        *("meilisearch", "typesense", "qdrant", "weaviate", "milvus", "rabbitmq", "kafka", "cp-kafka", "redpanda"),
        *("pulsar", "nats", "zookeeper", "etcd", "consul", "vault", "minio", "registry", "gitea", "oracle-xe"),
    }
)
"""Images, by the last part of their names, that keep data in a folder of their own."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """What does not fit, where in the manifest, in words that follow the service's name, and the way out."""

    path: Path
    message: str
    hint: str


def misfits(system: System, service: Service) -> Iterator[Misfit]:
    """Everything of a service that the environment's target cannot run, and what it needs and the environment leaves
    out; nothing of a service that is itself left out."""
    if not service.deploy:
        return
    yield from _start(service)
    yield from _local(service) if system.settings.target == "local" else _kubernetes(system.settings, service)
    for index, call in enumerate(service.calls):
        if call.required and system.leaves_out(call.to):
            yield Misfit(
                ("calls", index),
                f"needs {call.to}, which {system.environment or 'local'} leaves out (`deploy: false`)",
                f"let something stand in for {call.to} with `build` here, or make the call `required: false` here",
            )


def _start(service: Service) -> Iterator[Misfit]:
    build = service.build
    if service.kind != "service" and all(service.command_of(each) for each in service.jobs.values()):
        return
    if build.runtime not in (None, "static") and build.dockerfile is None and build.image is None and not build.start:
        hint = "add `start: [program, argument, …]` under `build`"
        yield Misfit(("build",), "does not say how it starts", hint)


def _local(service: Service) -> Iterator[Misfit]:
    build = service.build
    if service.kind == "backing":
        return
    if build.runtime is None and build.dockerfile is None and build.image is None:
        hint = (
            f"name `runtime`, one of {', '.join(get_args(RuntimeName))}, or a `dockerfile` or an `image`, under `build`"
        )
        yield Misfit(("build",), "does not say what it is built from", hint)
    for index, endpoint in enumerate(service.endpoints):
        if endpoint.protocol in ("tcp", "udp"):
            yield Misfit(
                ("endpoints", index),
                f"has the endpoint {endpoint.name} of {endpoint.protocol}, and this machine serves http and grpc only",
                "deploy it with --env to a cluster, or declare it as an external that runs elsewhere",
            )


def _kubernetes(settings: Environment, service: Service) -> Iterator[Misfit]:
    build = service.build
    if build.runtime == "command":
        hint = "name another `runtime`, a `dockerfile` or an `image` under `build` in this environment"
        yield Misfit(("build", "runtime"), "runs a command of the machine it is on, and an image has none", hint)
    if build.runtime is None and build.dockerfile is None and build.image is None:
        hint = "name `runtime`, `dockerfile` or `image` under `build`"
        yield Misfit(("build",), "does not say which image it is", hint)
    for index, endpoint in enumerate(service.endpoints):
        if settings.host is not None and endpoint.public and endpoint.protocol in ("tcp", "udp"):
            route = "a Gateway's HTTPRoute" if settings.routes == "gateway" else "an Ingress"
            yield Misfit(
                ("endpoints", index),
                f"has the public endpoint {endpoint.name} of {endpoint.protocol}, which {route} cannot reach",
                "take `public` away, and lead there with a Service of type LoadBalancer of your own; or serve http",
            )
    if build.image is not None and image_name(build.image) in _STATEFUL and not service.volumes:
        yield Misfit(
            ("build", "image"),
            f"keeps data ({build.image}), and its root is read-only and gone with its pod",
            "give it `volumes`, or say with `connection.host` where an operator or a hosted service keeps the data",
        )
