"""The environment of a service: read in full, or refused with every fault named."""

import json

import pytest

from servicekit import DeclaredCall, Settings, SettingsError
from servicekit.settings import DEVELOPMENT


def test_without_any_variable_it_is_a_development_run() -> None:
    settings = Settings.from_environment("id", {})
    assert (settings.service, settings.version, settings.instance, dict(settings.calls)) == (
        "id",
        "development",
        None,
        {},
    )
    assert settings.environment == DEVELOPMENT


def test_everything_is_read() -> None:
    declared = {"url": "http://127.0.0.1:8082/", "timeout_ms": 200, "retries": 1, "required": False, "new": "ignored"}
    environ = {
        "ONEWAY_SERVICE": "caption",
        "ONEWAY_VERSION": "1.2.0",
        "ONEWAY_ENVIRONMENT": "local",
        "ONEWAY_INSTANCE": "1023",
        "ONEWAY_CALLS": json.dumps({"id": declared, "maps/http": {"url": "https://maps.test", "timeout_ms": 1.5}}),
    }
    settings = Settings.from_environment("other", environ)
    assert (settings.service, settings.version, settings.environment) == ("caption", "1.2.0", "local")
    assert settings.instance == 1023
    assert settings.calls["id"] == DeclaredCall("http://127.0.0.1:8082", 0.2, 1, False)
    assert settings.calls["maps/http"] == DeclaredCall("https://maps.test", 0.0015, 0, True)


def test_calls_of_other_protocols_are_declared_too() -> None:
    entry = {"url": "tcp://127.0.0.1:5432", "timeout_ms": 900, "retries": 100}
    settings = Settings.from_environment("id", {"ONEWAY_CALLS": json.dumps({"db": entry})})
    assert settings.calls["db"] == DeclaredCall("tcp://127.0.0.1:5432", 0.9, 100, True)


@pytest.mark.parametrize("text", ["1024", "-1", "1.0", "x", "٣", " 1"])
def test_an_instance_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(SettingsError, match=r"ONEWAY_INSTANCE is .* from 0 to 1023"):
        Settings.from_environment("id", {"ONEWAY_INSTANCE": text})


@pytest.mark.parametrize(
    ("calls", "fault"),
    [
        ("{", "not JSON"),
        ("[]", "must be a JSON object"),
        ('{"id": 1}', "must be an object with url"),
        ('{"id": {"url": "ftp://x", "timeout_ms": 1}}', "url is 'ftp://x'"),
        ('{"id": {"url": "http://", "timeout_ms": 1}}', "url is 'http://'"),
        ('{"id": {"url": "http://x", "timeout_ms": 0}}', "timeout_ms is 0"),
        ('{"id": {"url": "http://x", "timeout_ms": true}}', "timeout_ms is True"),
        ('{"id": {"url": "http://x", "timeout_ms": 1, "retries": -1}}', "retries is -1"),
        ('{"id": {"url": "http://x", "timeout_ms": 1, "required": "no"}}', "required is 'no'"),
    ],
)
def test_calls_that_make_no_sense_are_refused(calls: str, fault: str) -> None:
    with pytest.raises(SettingsError, match="ONEWAY_CALLS") as refused:
        Settings.from_environment("gateway", {"ONEWAY_CALLS": calls})
    assert fault in str(refused.value)


def test_all_faults_are_named_at_once() -> None:
    environ = {"ONEWAY_INSTANCE": "x", "ONEWAY_CALLS": '{"a": 1, "b": {"url": 2}}'}
    with pytest.raises(SettingsError) as refused:
        Settings.from_environment("gateway", environ)
    assert str(refused.value).count(";") == 2
