"""Secrets on this machine: one that changes is told and rolled out, one that is missing costs no release."""

import json
from pathlib import Path

import pytest
from local_checkout import Checkout

from oneway.model import SecretRef
from oneway.targets.local.state.secret_digests import digests

pytest_plugins = ["given_checkout"]
SECRETS = {"API_KEYS": {"name": "id-keys", "key": "keys"}}
FIRST, SECOND = "first-value-of-it", "second-value-of-it"


@pytest.fixture
def file(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of secrets of the checkout's platform."""
    folder = tmp_path_factory.mktemp("config")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder))
    (folder / "oneway").mkdir()
    return folder / "oneway/trial.secrets"


def write(file: Path, value: str) -> None:
    file.write_text(f"[id-keys]\nkeys = {value}\n")
    file.chmod(0o600)


def releases(checkout: Checkout) -> list[dict[str, object]]:
    history = checkout.run("history", "id", "--format", "json")
    found: list[dict[str, object]] = json.loads(history.stdout)["releases"]
    return found


@pytest.mark.timeout(280)
def test_a_changed_secret_is_told_and_rolled_out_behind_the_gate(checkout: Checkout, file: Path) -> None:
    checkout.write("id", "1.0.0", secrets=SECRETS)
    refused = checkout.run("deploy", "id")
    assert (refused.returncode, "wants secrets" in refused.stdout) == (1, True)
    dry = checkout.run("deploy", "id", "--dry-run")
    assert (dry.returncode, "wants secrets" in dry.stdout) == (1, True)
    assert releases(checkout) == []

    write(file, FIRST)
    assert checkout.run("deploy", "id").returncode == 0
    assert checkout.run("diff").stdout == "what runs is what the manifests and the code say\n"
    write(file, SECOND)
    said = "secret API_KEYS: it has changed since release 1 was started"
    assert said in checkout.run("diff").stdout
    status = checkout.run("status")
    assert (status.returncode, said in status.stdout, "`platform restart id`" in status.stdout) == (0, True, True)
    assert checkout.status()["changed_secrets"] == [said]

    done = checkout.run("deploy", "id")
    assert done.returncode == 0
    assert f"1.0.0 (release 1) is started anew: {said}" in done.stdout
    assert "1.0.0 (release 1) is gone" in done.stdout
    assert checkout.status()["changed_secrets"] == []
    assert [(each["number"], each["standing"], each["repeats"]) for each in releases(checkout)] == [
        (2, "live", 1),
        (1, "replaced", None),
    ]
    assert checkout.run("restart", "id").returncode == 0
    assert checkout.status()["release"] == 3
    written = [
        path for path in (checkout.root / ".platform").rglob("*") if path.is_file() and path.stat().st_size < 1e7
    ]
    for value in (FIRST, SECOND):
        assert not [path for path in written if value.encode() in path.read_bytes()], value


@pytest.mark.timeout(120)
@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("requirements.in", "httpx\n", "services/id/requirements.txt is missing, and requirements.in names packages"),
        ("pyproject.toml", '[project]\ndependencies = ["httpx"]\n', "is missing, and pyproject.toml names packages"),
        ("requirements.txt", "# pinned\nhttpx==0.28.1\n", "services/id/requirements.txt:2: httpx==0.28.1 has no hash"),
    ],
)
def test_what_nothing_pins_is_refused_before_a_release_exists(
    checkout: Checkout, name: str, text: str, told: str
) -> None:
    checkout.write("id", "1.0.0")
    (checkout.root / "services/id" / name).write_text(text)
    refused = checkout.run("deploy", "id")
    assert (refused.returncode, told in refused.stdout) == (1, True), refused.stdout + refused.stderr
    assert releases(checkout) == []


def test_a_digest_tells_values_apart_and_nothing_of_them(file: Path) -> None:
    wanted = {"A": SecretRef(name="id-keys", key="keys"), "B": SecretRef(name="id-keys", key="keys")}
    write(file, "0")
    first = digests(wanted, file)
    assert first["A"] != first["B"]
    assert digests(wanted, file) == first
    write(file, "1")
    second = digests(wanted, file)
    assert set(first.values()).isdisjoint(second.values())
    key = file.parent / "digest.key"
    assert key.stat().st_mode & 0o077 == 0
    key.unlink()
    assert digests(wanted, file) != second
    assert digests({"A": SecretRef(name="nobody", key="knows")}, file) == {}
