"""What a release is told of the backing services that it calls, as its material keeps it: never with a password."""

import json
from typing import Final

from ....generate.connections import OWN_PASSWORD, Told
from ....model import SecretRef
from ...base import Release

MATERIAL: Final = "connections"


def written(told: tuple[Told, ...]) -> str:
    """For the release's material."""
    entries = {
        each.variable: {"text": each.text}
        | ({} if each.secret is None else {"name": each.secret.name, "key": each.secret.key})
        for each in told
    }
    return json.dumps(entries, sort_keys=True)


def connection_texts(release: Release) -> dict[str, dict[str, str]]:
    """The variables with a secret inside, as a launch has them."""
    return {name: each for name, each in _entries(release).items() if "key" in each}


def plain_texts(release: Release) -> dict[str, str]:
    """Those without one."""
    return {name: each["text"] for name, each in _entries(release).items() if "key" not in each}


def connected_secrets(release: Release) -> dict[str, SecretRef]:
    """The secrets in them, and that of the service's own connection, by variable."""
    found = {name: SecretRef(name=each["name"], key=each["key"]) for name, each in connection_texts(release).items()}
    own = release.spec.connection.secret if release.spec.connection is not None else None
    return found if own is None else {**found, OWN_PASSWORD: own}


def _entries(release: Release) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = json.loads(release.material.get(MATERIAL, "{}"))
    return found
