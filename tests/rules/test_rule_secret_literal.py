"""Values that look like secrets."""

from collections.abc import Callable

import pytest

from oneway.errors import Finding
from oneway.model.secrets import looks_secret

System = Callable[..., dict[str, str]]
Said = Callable[..., list[Finding]]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD", "hunter2"),
        ("API_TOKEN", "abcdef"),
        ("X_API_KEY", "k-1"),
        ("ANYTHING", "AKIA" + "ABCDEFGHIJKLMNOP"),
        ("ANYTHING", "ghp_" + "a" * 36),
        ("ANYTHING", "-----BEGIN RSA PRIVATE " + "KEY-----"),
        ("DATABASE", "postgres://app:s3cret@db/app"),
        ("ANYTHING", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"),
    ],
)
def test_shapes_and_names(key: str, value: str) -> None:
    assert looks_secret(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("DB_PASSWORD_FILE", "/run/secrets/db"),
        ("DB_PASSWORD", "/run/secrets/db"),
        ("DB_PASSWORD", "${DB_PASSWORD}"),
        ("DB_PASSWORD", ""),
        ("MAX_TOKENS", "100"),
        ("TOKEN_LIMIT", "abc"),
        ("REQUIRE_TOKEN", "true"),
        ("TOKEN", "30s"),
        ("MODEL_DIR", "/app/model"),
        ("DATABASE", "postgres://app:${PASSWORD}@db/app"),
        ("DATABASE", "postgres://db:5432/app"),
        ("LOG_LEVEL", "info"),
    ],
)
def test_harmless_ones(key: str, value: str) -> None:
    assert not looks_secret(key, value)


def test_everywhere_a_value_stands_and_never_the_value(system: System, said: Said) -> None:
    text = """\
        env:
          DB_PASSWORD: hunter2
        smoke:
          - name: x
            request: {path: /, headers: {Authorization: "Bearer abcdefghijklmnopqrstuv"}}
        environments:
          prod: {env: {OTHER_SECRET: hunter3}}
        """
    found = said("secret-literal", system(id=text))
    assert [f"{each.location} {each.message}" for each in found] == [
        "id.yaml:7:3 DB_PASSWORD looks like a secret",
        "id.yaml:10:34 Authorization looks like a secret",
        "id.yaml:12:16 OTHER_SECRET looks like a secret",
    ]
    assert not any(secret in str(each) for each in found for secret in ("hunter", "abcdefghij"))
