"""What makes two releases the same, over versions of the tool, and how a difference is told without what is secret."""

from typing import Any

import msgspec
import pytest
from test_deploy_refusals import release, spec

from oneway.deploy.identity import changes, digest_of
from oneway.model import Service
from oneway.store.records import decode_release, encode_release

RICH: dict[str, Any] = {
    "env": {"LEVEL": "debug"},
    "calls": [{"to": "stock", "timeout": "2s", "retries": 1}],
    "volumes": [{"name": "data", "path": "/data"}],
    "health": {"ready": "/readyz"},
    "replicas": 2,
}
# What runs must not be started anew because the tool is another one: these change with nothing but a reason.
RECORDED = {
    "c21d2318c3fe0c2d9888149f572179873a6fcfb026c6e5c2acbbade34e930ff5": {},
    "1b75803296828ebad133730871639a567f5d64a6e39098e34552fcfec9052fd2": RICH,
}


@pytest.mark.parametrize("digest", RECORDED)
def test_digests_are_those_of_earlier_versions(digest: str) -> None:
    assert digest_of(spec(**RECORDED[digest]), "content", "local") == digest


@pytest.mark.parametrize("fields", [{}, RICH])
def test_what_has_its_default_is_as_if_it_were_not_written(fields: dict[str, Any]) -> None:
    """A field that a later version brings has its default in every manifest that does not know it."""
    written = msgspec.to_builtins(spec(**fields), enc_hook=str)
    assert len(written) > len(fields) + 20, "the whole is written, with every default"
    whole = spec(**{name: value for name, value in written.items() if value is not None})
    assert digest_of(whole, "content", "local") == digest_of(spec(**fields), "content", "local")
    kept = decode_release(encode_release(release(1, "1.0.0", spec=spec(**fields)))).spec
    assert digest_of(kept, "content", "local") == digest_of(spec(**fields), "content", "local")


@pytest.mark.parametrize(
    "other",
    [
        {"env": {"LEVEL": "info"}},
        {"env": {}},
        {"calls": [{"to": "stock", "timeout": "3s", "retries": 1}]},
        {"calls": [{"to": "stock", "timeout": "2s", "retries": 1}, {"to": "id"}]},
        {"volumes": [{"name": "data", "path": "/other"}]},
        {"health": {"ready": "/healthz"}},
        {"health": {"ready": "/readyz", "command": ["true"]}},
        {"replicas": 3},
        {"before": {"command": ["migrate"], "within": "1m"}},
        {"version": "1.0.1"},
    ],
)
def test_everything_that_a_replica_can_notice_changes_the_digest(other: dict[str, Any]) -> None:
    assert digest_of(spec(**(RICH | other)), "content", "local") != digest_of(spec(**RICH), "content", "local")


def test_every_part_of_a_digest_counts_for_itself() -> None:
    assert len({digest_of(spec(), "a", "b"), digest_of(spec(), "b", "a"), digest_of(spec(), "", "ab")}) == 3


def changed(old: dict[str, Any], new: dict[str, Any]) -> tuple[str, ...]:
    def made(fields: dict[str, Any]) -> Service:
        return spec(**fields)

    return changes(made(new), made(old))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({}, {"env": {"LEVEL": "info"}}, ['env.LEVEL: nothing -> "info"']),
        ({"env": {"LEVEL": "info"}}, {}, ['env.LEVEL: "info" -> nothing']),
        ({"replicas": 2}, {"replicas": 3}, ["replicas: 2 -> 3"]),
        (
            {"env": {"A": "1", "C": "3"}},
            {"env": {"A": "2", "B": "2", "C": "3"}},
            ['env.A: "1" -> "2"', 'env.B: nothing -> "2"'],
        ),
        ({"health": {"ready": "/a"}}, {"health": {"ready": "/b"}}, ['health.ready: "/a" -> "/b"']),
    ],
)
def test_a_difference_is_told_with_its_place(old: dict[str, Any], new: dict[str, Any], said: list[str]) -> None:
    assert list(changed(old, new)) == said


@pytest.mark.parametrize("name", ["DATABASE_PASSWORD", "API_TOKEN", "STRIPE_SECRET_KEY"])
@pytest.mark.parametrize("value", ["hunter2hunter2", "correct horse battery staple", "x9-Kd02_qqTz"])
def test_what_looks_like_a_secret_is_told_to_differ_and_not_shown(name: str, value: str) -> None:
    lines = changed({"env": {name: value}}, {"env": {name: f"{value}!"}})
    assert len(lines) == 1
    assert lines[0].startswith(f"env.{name}: ")
    assert value not in lines[0]
