"""Builds of what must not leave this machine."""

from collections.abc import Callable

import pytest

System = Callable[..., dict[str, str]]
Places = Callable[..., list[str]]


@pytest.mark.parametrize(
    ("build", "told"),
    [
        ("{path: .git}", "id.yaml:6:9 id names .git, which never goes into a build: it is the repository's own"),
        (
            "{path: services/id, include: [lib, vendor/.git/hooks]}",
            "id.yaml:6:43 id names vendor/.git/hooks, which never goes into a build: it is the repository's own",
        ),
        (
            "{path: services/id, include: [.venv/lib]}",
            "id.yaml:6:38 id names .venv/lib, which never goes into a build: it can be made again",
        ),
        ("{path: deploy/.ssh}", "id.yaml:6:9 id names deploy/.ssh, which never goes into a build: it may hold secrets"),
        (
            "{dockerfile: .git/x}",
            "id.yaml:6:9 id names .git/x, which never goes into a build: it is the repository's own",
        ),
    ],
)
def test_folders_of_a_build(system: System, places: Places, build: str, told: str) -> None:
    assert places("never-built", system(id=f"build: {build}\n")) == [told]


@pytest.mark.parametrize(
    "path", [".env.production", "keys/id_ed25519", "x/.NETRC", "tls/server.key", "a/credentials.json"]
)
def test_config_files_with_secrets(system: System, places: Places, path: str) -> None:
    (told,) = places("never-built", system(id=f"config: {{settings: {path}}}\n"))
    assert told.endswith(f"id names {path}, which never goes into a build: it may hold secrets")


@pytest.mark.parametrize(
    "rest",
    [
        "build: {path: services/environment, include: [platform/servicekit, gitlab, keys.d]}\n",
        "config: {ca.pem: tls/ca.pem, env.yaml: deploy/env.yaml, example: .env.example}\n",
    ],
)
def test_what_may_go_in(system: System, places: Places, rest: str) -> None:
    assert places("never-built", system(id=rest)) == []
