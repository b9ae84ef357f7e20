"""A user sees: the declared port was taken when the service came; since then it answers elsewhere, for good."""

import socket

import pytest
from local_checkout import Checkout
from local_place import asked

pytest_plugins = ("given_checkout",)


@pytest.mark.timeout(240)
def test_the_next_deploy_takes_it_back_and_callers_find_it_as_before(checkout: Checkout) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        declared = other.getsockname()[1]
        endpoints = [{"name": "http", "port": declared}]
        checkout.write("id", "1.0.0", endpoints=endpoints)
        checkout.write("gate", "1.0.0", calls="id")
        first = checkout.run("deploy", "--all")
        assert first.returncode == 0, first.stdout
        assert f"declares port {declared}, which another program or service had" in first.stdout + first.stderr
        lent = checkout.status()["addresses"]["http"]
        assert not lent.endswith(f":{declared}")
    checkout.write("id", "1.1.0", endpoints=endpoints)
    assert checkout.run("deploy", "id").returncode == 0
    assert checkout.status()["addresses"]["http"] == f"http://127.0.0.1:{declared}"
    assert asked(f"http://127.0.0.1:{declared}") == "1.1.0"
    assert asked(lent) == "1.1.0", "callers were started with this one"
    assert asked(checkout.status("gate")["addresses"]["http"], "/call") == "1.1.0"
    checkout.write("gate", "1.1.0", calls="id")
    assert checkout.run("deploy", "gate").returncode == 0
    assert asked(checkout.status("gate")["addresses"]["http"], "/call") == "1.1.0"
    checkout.write("id", "2.0.0", "wrong", endpoints=endpoints)
    assert checkout.run("deploy", "id").returncode == 1
    assert (asked(lent), asked(f"http://127.0.0.1:{declared}")) == ("1.1.0", "1.1.0")
