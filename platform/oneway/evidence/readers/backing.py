"""Images of databases, caches and brokers: what they publish is no public API."""

import re
from typing import Final

_BACKING: Final = re.compile(
    r"(^|/)(?:bitnami/)?(redis|valkey|memcached|postgres(?:ql)?|postgis|mysql|mariadb|percona|mongo(?:db)?|rabbitmq|kafka"
    r"|cp-kafka|zookeeper|cp-zookeeper|nats|mosquitto|activemq\S*|elasticsearch|opensearch|cassandra|scylla|couchdb"
    r"|cockroach|clickhouse-server|influxdb|neo4j|minio|etcd|consul|vault|mssql/server|azure-sql-edge|oracle\S*"
    r"|dynamodb-local|localstack|pulsar|redpanda|timescaledb|eclipse-mosquitto|eventstore|ravendb|zipkin|jaeger\S*"
    r"|all-in-one|collector|opentelemetry-collector\S*|prometheus|grafana|loki|tempo|kibana|logstash|fluentd|fluent-bit)"
    r"(?=[:@]|$)"
)

_TELEMETRY: Final = re.compile(
    r"(^|/)(collector\S*|opentelemetry-collector\S*|otel\S*collector\S*|prometheus|grafana|agent|alloy|telegraf|zipkin"
    r"|jaeger\S*|vector|fluentd|fluent-bit|logstash|datadog\S*)(?=[:@]|$)"
)


_COLLECTOR: Final = re.compile(
    r"(^|/)(collector\S*|opentelemetry-collector\S*|otel\S*collector\S*|prometheus|agent|alloy|telegraf|datadog\S*)(?=[:@]|$)"
)


def is_collector(image: str) -> bool:
    """Whether an image goes round and asks databases too how they are, rather than keeping what it is told in one."""
    return bool(_COLLECTOR.search(image.lower()))


def is_telemetry(image: str) -> bool:
    """Whether an image collects what others tell of themselves: whom it asks is no call that the system makes."""
    return bool(_TELEMETRY.search(image.lower()))


def is_backing(image: str) -> bool:
    """Whether an image holds data, carries messages or watches, rather than being an application."""
    return bool(_BACKING.search(image.lower()))
