"""A value in a manifest looks like a secret.

Why: manifests are in git, in pictures and in logs. A secret that was committed once is known to everybody who ever
clones.

How: `env` (also below `environments`) and the headers of smoke requests are looked through for the shapes of known
tokens, private keys, passwords inside URLs, and for names such as PASSWORD, TOKEN or API_KEY with a literal value.
References (`${…}`), paths, numbers and true or false are no secrets. The value itself is never shown.

    env: {DB_PASSWORD: hunter2}

Mend it: put it into the secret store of the environment, and refer to it: `secrets: {DB_PASSWORD: {name: db, key:
password}}`. Then change the secret: it is known.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from ...errors import Severity
from ...model import Service
from ...model.secrets import names_secret
from ..facts import Facts
from ..rule import Breach

SEVERITY: Final = Severity.ERROR

Path = tuple[str | int, ...]

_TOKEN: Final = re.compile(
    r"AKIA[0-9A-Z]{16}|ASIA[0-9A-Z]{16}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,}|glpat-[\w-]{18,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|[sr]k_(?:live|test)_[A-Za-z0-9]{16,}|sk-[A-Za-z0-9_-]{20,}|AIza[\w-]{35}"
    r"|SG\.[\w-]{16,}\.[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY"
    r"|eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]+|(?i:Bearer|Basic)\s+[\w.~+/-]{16,}|AccountKey=[\w+/=]{20,}"
)
_URL_PASSWORD: Final = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]*:([^/\s@]+)@", re.IGNORECASE)
_HARMLESS: Final = re.compile(
    r"|[0-9.]+(?:ms|s|m|h|d)?|true|false|yes|no|on|off|none|null|\*+|<[^>]*>|[./~][^\s]*|\$\{?[\w.]+\}?|file:.*",
    re.IGNORECASE | re.DOTALL,
)


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


def looks_secret(key: str, value: str) -> bool:
    """Whether a value has a secret's shape, or a literal value under a secret's name."""
    if _TOKEN.search(value):
        return True
    password = _URL_PASSWORD.search(value)
    if password and not _HARMLESS.fullmatch(password[1]):
        return True
    return names_secret(key) and not _HARMLESS.fullmatch(value)


def _values(service: Service) -> Iterator[tuple[Path, str, str]]:
    for key, value in service.env.items():
        yield ("env", key), key, value
    for index, each in enumerate(service.smoke):
        for key, value in each.request.headers.items():
            yield ("smoke", index, "request", "headers", key), key, value
    for environment, overrides in service.environments.items():
        env: Any = overrides.get("env")
        if isinstance(env, dict):
            for key, value in env.items():
                if isinstance(value, str):
                    yield ("environments", environment, "env", key), key, value
