"""What is taken as a secret: names, forms and values; what is plainly none; and text without them."""

import base64
import random
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.plugins.base import RegexBasedDetector
from hypothesis import given, settings
from hypothesis import strategies as st

from oneway.model.secrets import HIDDEN, looks_secret, names_secret, redact, shown, why_secret

NAMES = [
    *("MYSQL_PWD", "STRIPE_KEY", "GITHUB_PAT", "ADMIN_PW", "SENTRY_DSN", "SLACK_WEBHOOK", "SLACK_WEBHOOK_URL"),
    *("JWT_SIGNING_KEY", "TWILIO_SID", "DB_PASS", "SSL_PASSPHRASE", "GOOGLE_APPLICATION_CREDENTIALS"),
    *("CONNECTION_STRING", "ConnectionStrings__Default", "AZURE_SAS", "STORAGE_SAS_TOKEN", "BEARER", "ERLANG_COOKIE"),
    *("PASSWORD_SALT", "PEPPER", "TLS_PRIVATE", "CERT_KEY", "LICENSE_KEY", "ENCRYPTION", "HMAC", "SEED", "OTP", "PIN"),
    *("PGPASSWORD", "SSHPASS", "REDIS_AUTH", "NPM_AUTH", "dbPassword", "apiKey", "MASTERKEY", "SECRET_KEY_BASE"),
    *("SESSION_SECRET", "LDAP_BIND_PW", "PUBLIC_KEY", "FERNET_KEY", "RABBITMQ_DEFAULT_PASS", "WIREGUARD_PSK"),
    *("DEPLOY_KEY", "spring.datasource.password", "x-api-key", "Authorization", "Set-Cookie", "X-Vault-Token"),
    *("AWS_ACCESS_KEY_ID", "HTPASSWD", "KUBECONFIG_CRED", "MNEMONIC", "CSRF_NONCE", "DISCORD_WEBHOOK", "APP_LICENSE"),
    *("datadogApiKey", "VAULT_UNSEAL_KEYS", "userpass", "smtpPassword", "MONGO_INITDB_ROOT_PASSWORD"),
    *("X-Amz-Signature", "oauthClientSecret", "PRIVATE", "SIGNATURE"),
]

PLAIN = [
    ("PORT", "8080"),
    ("DEBUG", "true"),
    ("DB_PASSWORD_FILE", "/run/secrets/db"),
    ("DB_PASSWORD", "${DB_PASSWORD}"),
    ("MAX_TOKENS", "100"),
    ("REQUIRE_TOKEN", "true"),
    ("TOKEN_TTL", "30s"),
    ("KEYCLOAK_URL", "http://keycloak:8080"),
    ("AUTH_SERVICE_ADDR", "auth:8080"),
    ("TOKENIZER", "bert-base"),
    ("PWD", "/app"),
    ("JAVA_OPTS", "-Xmx200m -XX:+UseG1GC -Djava.security.egd=file:/dev/urandom"),
    ("OTEL_RESOURCE_ATTRIBUTES", "service.namespace=demo,service.version=2.0.2"),
    ("IMAGE", "ghcr.io/open-telemetry/demo:2.0.2-accounting"),
    ("CLASS", "org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration2"),
    ("GIT_COMMIT", "8f14e45fceea167a5a36dedd4bea254312345678"),
    ("TENANT_ID", "123e4567-e89b-12d3-a456-426614174000"),
    ("RANDOM_SEED", "42"),
    ("SMTP_ENCRYPTION", "tls"),
    ("POSTGRES_HOST_AUTH_METHOD", "trust"),
    ("MYSQL_ALLOW_EMPTY_PASSWORD", "yes"),
    ("CACHE_KEY", "products"),
    ("COOKIE_DOMAIN", "example.com"),
    ("SECRET_NAME", "front"),
    ("KAFKA_LISTENERS", "PLAINTEXT://kafka:9092,CONTROLLER://kafka:9093"),
    ("KAFKA_CONTROLLER_QUORUM_VOTERS", "1@kafka:9093"),
    ("MAIL", "bob@example.com"),
    ("GREETING", "Hello, world: how are you? These are basic features"),
    ("SSL_CERT_KEY_PATH", "/etc/ssl/cert.pem"),
    ("BUCKET", "my-production-bucket-us-east-1-2024"),
    ("DATABASE", "postgres://app:${PASSWORD}@db/app"),
    ("DSN", "postgres://db:5432/app"),
    ("TZ", "Europe/Berlin"),
    ("COMPASS", "north"),
]

INSIDE = [
    "Host=db;Username=u;Password=hunter2",
    "Server=db,1433;Database=x;User Id=sa;Pwd=hunter2;Encrypt=false",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=hunter2==",
    "redis://:hunter2@cache:6379",
    "amqp://user:hunter2@broker/%2f",
    "cache:6379,password=hunter2,ssl=true",
    "app:hunter2@tcp(db:3306)/x",
    "-Xmx200m -Ddb.password=hunter2 -Dx=1",
    "redis-server --requirepass hunter2",
    '["redis-server", "--requirepass", "hunter2"]',
    '{"user": "u", "password": "hunter2"}',
    "https://api.example.com/x?page=1&api_key=hunter2",
    'PlainLoginModule required username="u" password="hunter2";',
    "user=bob password='hunter2' host=db",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_announce_a_secret(name: str) -> None:
    assert names_secret(name)
    assert looks_secret(name, "hunter-two")


@pytest.mark.parametrize(("name", "value"), PLAIN)
def test_plain_values_stay_as_they_are(name: str, value: str) -> None:
    assert why_secret(name, value) == ""
    assert shown(name, value) == value
    assert redact(f"{name}={value}") == f"{name}={value}"


@pytest.mark.parametrize("value", INSIDE)
def test_a_secret_inside_a_value_is_found_and_cut_alone(value: str) -> None:
    assert looks_secret("ANYTHING", value)
    assert "hunter2" not in why_secret("ANYTHING", value)
    kept = redact(f"connecting with {value} now")
    assert "hunter2" not in kept
    assert HIDDEN in kept
    assert kept.startswith("connecting with ")


@pytest.mark.parametrize("value", ["123456", "true-ish", "/a$k9", "changeme", "a b c"])
def test_under_a_password_s_name_nearly_everything_is_secret(value: str) -> None:
    assert looks_secret("DB_PASSWORD", value)


@pytest.mark.parametrize("written", ["hex", "base64", "urlsafe"])
def test_random_bytes_are_secrets_under_any_name(written: str) -> None:
    source = random.Random(written)
    write: Callable[[bytes], str] = {
        "hex": lambda content: content.hex(),
        "base64": lambda content: base64.b64encode(content).decode(),
        "urlsafe": lambda content: base64.urlsafe_b64encode(content).decode(),
    }[written]
    missed = [value for _ in range(500) if not looks_secret("SETTING", value := write(source.randbytes(24)))]
    assert len(missed) <= 5, missed


@cache
def known_forms() -> list[tuple[str, str]]:
    """The forms of tokens that detect-secrets knows, without those that only say what stands before a value."""
    apart = {"Public IP (ipv4)", "IBM Cloud IAM Key", "IBM COS HMAC Credentials", "Cloudant Credentials"}
    found = []
    detectors: dict[str, Any] = get_mapping_from_secret_type_to_class()
    for kind, detector in detectors.items():
        if issubclass(detector, RegexBasedDetector) and kind not in apart:
            found += [
                (kind, each.pattern)
                for each in detector.denylist
                if "pwd" not in each.pattern and "soap" not in each.pattern
            ]
    return found


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_the_forms_that_detect_secrets_knows_are_secrets(data: st.DataObject) -> None:
    kind, pattern = data.draw(st.sampled_from(known_forms()))
    alphabet = st.characters(min_codepoint=32, max_codepoint=126)
    value = data.draw(st.from_regex(pattern, fullmatch=True, alphabet=alphabet))
    assert looks_secret("ANYTHING", value), (kind, value)


def test_long_values_are_judged_in_bounded_time() -> None:
    for part in (
        "a",
        "a=",
        "--a ",
        "x:y@",
        "a://",
        "eyJ",
        '"',
        "password ",
        " ",
        "'",
        "a ",
        "-",
        "a:",
        "${",
        "{{",
        "/a",
    ):
        redact(part * (40_000 // len(part)))
        looks_secret("X", part * (40_000 // len(part)))
