"""A value in a manifest looks like a secret.

Why: manifests are in git, in pictures and in logs. A secret that was committed once is known to everybody who ever
clones.

How: `env` (also below `environments`) and the headers of smoke requests are looked through for the forms of known
tokens, private keys, passwords inside addresses and connection strings, values that look random, and for names such as
PASSWORD, TOKEN, API_KEY or SALT with a literal value. References (`${…}`), paths, small numbers and true or false are
no secrets; in doubt a value is one. The value itself is never shown.

    env: {DB_PASSWORD: hunter2}

Mend it: put it into the secret store of the environment, and refer to it: `secrets: {DB_PASSWORD: {name: db, key:
password}}`. Then change the secret: it is known.
"""

from collections.abc import Iterator
from typing import Any, Final

from ...errors import Severity
from ...model import Service
from ...model.secrets import looks_secret
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

Path = tuple[str | int, ...]


def check(facts: Facts) -> Iterator[Breach]:
    """One finding for each value that looks like a secret."""
    for name, service in facts.services.items():
        for path, key, value in _values(service):
            if looks_secret(key, value):
                yield Breach(
                    f"{key} looks like a secret",
                    facts.place(name, *path),
                    f"refer to it: `secrets: {{{key}: {{name: …, key: …}}}}`; and change the secret: it is known",
                    service=name,
                    subject=".".join(map(str, path)),
                )


def _values(service: Service) -> Iterator[tuple[Path, str, str]]:
    for key, value in service.env.items():
        yield ("env", key), key, value
    for index, each in enumerate(service.checks):
        for key, value in each.request.headers.items():
            yield (*service.check_place(index), "request", "headers", key), key, value
    for environment, overrides in service.environments.items():
        env: Any = overrides.get("env")
        if isinstance(env, dict):
            for key, value in env.items():
                if isinstance(value, str):
                    yield ("environments", environment, "env", key), key, value
