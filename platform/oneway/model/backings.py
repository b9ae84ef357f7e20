"""What is known of images that keep data: how each is told user, password and place, and asked whether it is ready."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from .service import Service
from .state import PORT


@dataclass(frozen=True, slots=True)
class Family:
    """Images of one kind. `user`, `password` and `database` are the variables by which the image is told; `env` and
    `start` are what it needs beside, with `${volume}` for its first volume; `scratch` are folders that it writes to,
    and `ready` asks it at `${port}`."""

    user: str = ""
    password: str = ""
    database: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    start: tuple[str, ...] = ()
    scratch: tuple[str, ...] = ()
    ready: tuple[str, ...] = ()


_POSTGRES: Final = Family(
    user="POSTGRES_USER",
    password="POSTGRES_PASSWORD",
    database="POSTGRES_DB",
    env={"PGDATA": "${volume}/pgdata"},
    scratch=("/var/run/postgresql",),
    ready=("pg_isready", "-q", "-h", "127.0.0.1", "-p", PORT),
)
_REDIS: Final = Family(
    password="REDISCLI_AUTH",
    start=(
        "sh",
        "-c",
        f'exec redis-server --port {PORT} --dir ${{volume}} --appendonly yes --requirepass "$REDISCLI_AUTH"',
    ),
    ready=("redis-cli", "-p", PORT, "ping"),
)
_RABBITMQ: Final = Family(
    user="RABBITMQ_DEFAULT_USER",
    password="RABBITMQ_DEFAULT_PASS",
    env={"RABBITMQ_MNESIA_BASE": "${volume}/mnesia", "HOME": "${volume}"},
    scratch=("/var/log/rabbitmq",),
    ready=("rabbitmq-diagnostics", "-q", "ping"),
)

_ADDRESS: Final = re.compile(
    r"[a-z][a-z0-9+.-]*://(?:(?P<user>[^:@/]*)(?::[^@/]*)?@)?[^/@]*(?:/(?P<path>[^?/]*))?(?:[?/].*)?"
)
FAMILIES: Final[Mapping[str, Family]] = {
    **dict.fromkeys(("postgres", "postgresql", "postgis", "timescaledb", "pgvector"), _POSTGRES),
    **dict.fromkeys(("redis", "valkey"), _REDIS),
    "rabbitmq": _RABBITMQ,
}
"""By the last part of the image's name."""


def image_name(image: str) -> str:
    """The last part of an image's name, without its tag: `postgres` of `docker.io/library/postgres:17`."""
    return image.partition("@")[0].rpartition("/")[2].partition(":")[0].lower()


def image_version(image: str) -> str:
    """The number that the image's tag starts with: `17.2` of `postgres:17.2-bookworm`; empty where it has none."""
    tag = image.partition("@")[0].rpartition("/")[2].partition(":")[2]
    number = tag.partition("-")[0]
    return number if number.replace(".", "").isdigit() else ""


def family_of(service: Service) -> Family:
    """What is known of the service's image; nothing of one that is not known."""
    return FAMILIES.get(image_name(service.build.image or ""), Family())


def user_of(service: Service) -> tuple[str, str]:
    """The user and the database that its connection's address names."""
    if service.connection is None:
        return "", ""
    found = _ADDRESS.fullmatch(service.connection.url)
    return (found["user"] or "", found["path"] or "") if found else ("", "")


def variables_of(service: Service) -> dict[str, str]:
    """What the image is told, without the password."""
    family, (user, database) = family_of(service), user_of(service)
    volume = service.volumes[0].path if service.volumes else "/tmp"
    told = {name: value.replace("${volume}", volume) for name, value in family.env.items()}
    told |= {name: value for name, value in ((family.user, user), (family.database, database)) if name and value}
    return told | service.env


def readiness_of(service: Service) -> tuple[str, ...]:
    """The command that says whether it is ready: the declared one, else the image's."""
    port = str(service.endpoints[0].port) if service.endpoints else ""
    known = family_of(service).ready if service.kind == "backing" and service.health.ready is None else ()
    return service.health.command or tuple(word.replace(PORT, port) for word in known)
