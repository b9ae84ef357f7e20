"""Every service locks what servicekit needs, at servicekit's versions, with hashes and without addresses."""

import re

import pytest
from service_process import REPOSITORY

SERVICEKIT = REPOSITORY / "platform/servicekit"
SERVICES = ["caption", "gateway", "id"]
PIN = re.compile(r"^([a-z0-9-]+)==([^ ]+)", re.MULTILINE)


def wanted(folder: str) -> set[str]:
    text = (REPOSITORY / folder / "requirements.in").read_text()
    return {line for line in text.splitlines() if line and not line.startswith("#")}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_locks_what_servicekit_locks(service: str) -> None:
    assert wanted("platform/servicekit") <= wanted(f"services/{service}")
    locked = set(PIN.findall((REPOSITORY / f"services/{service}/requirements.txt").read_text()))
    assert set(PIN.findall((SERVICEKIT / "requirements.txt").read_text())) <= locked


@pytest.mark.parametrize("folder", ["platform/servicekit", *(f"services/{name}" for name in SERVICES)])
def test_a_lock_has_hashes_and_no_addresses(folder: str) -> None:
    text = (REPOSITORY / folder / "requirements.txt").read_text()
    for requirement in re.split(r"(?<!\\)\n", text.strip()):
        assert re.match(r"[a-z0-9.-]+==[^ ]+ .*--hash=sha256:[0-9a-f]{64}", requirement, re.DOTALL), requirement
    assert "://" not in text
