"""A system of six kinds of services here, with a real database and a real broker: broken versions under load.

The long form, with ten deploys and kill -9 at every step, is `tools/bench/deploy_kills.py --system shop`.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.bench.shop import BROKEN, Buyers, Shop, ask, lacking, missing


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """All of it, from nothing."""
    assert not (programs := lacking()), f"install them, as .ci/run does: {', '.join(programs)}"
    shop = Shop(tmp_path_factory.mktemp("shop") / "checkout")
    shop.make()
    try:
        done = shop.platform("deploy", "--all")
        assert done.returncode == 0, done.stdout + done.stderr
        yield shop
    finally:
        shop.platform("stop", "--all")


def test_it_is_whole_and_every_order_comes_through(shop: Shop) -> None:
    assert shop.platform("check", "--errors-only", "--env", "local").returncode == 0
    assert {each["health"] for each in shop.status().values()} == {"healthy"}
    status, body = ask(shop.port("storefront"), "POST", "/buy/tea")
    assert status == 201
    assert missing(shop, [body["number"]]) == (set(), set())


def test_a_broken_version_of_each_kind_is_taken_back_under_load_and_nothing_is_lost(shop: Shop) -> None:
    """Whatever has no writer to wait for is deployed side by side, then the door, then what stops in between."""
    before = {name: each["running"] for name, each in shop.status().items()}
    with Buyers(shop.port("storefront")) as buyers:
        for group in (("catalog", "mailer", "nightly", "orders"), ("storefront",), ("orders-db", "bus")):
            for name in group:
                shop.change(name, **BROKEN[name])
            done = shop.platform("deploy", *group)
            assert done.returncode == 1, done.stdout + done.stderr
            failed = {line.split()[0] for line in done.stdout.splitlines() if line.split()[1:2] == ["failed:"]}
            assert failed == set(group), done.stdout
    assert {name: each["running"] for name, each in shop.status().items()} == before
    assert buyers.failures == []
    assert len(buyers.taken) > 10
    assert missing(shop, buyers.taken) == (set(), set())


def test_a_migration_that_fails_refuses_the_release_and_leaves_no_half(shop: Shop) -> None:
    _, before = ask(shop.port("orders"), "GET", "/orders")
    shop.change("orders", env={"MODE": "bad-migration"})
    done = shop.platform("deploy", "orders")
    assert done.returncode == 1
    assert "orders's `before` failed: it ended with status 1" in done.stdout
    assert "the column item cannot be dropped" in done.stdout
    _, after = ask(shop.port("orders"), "GET", "/orders")
    assert after["migrations"] == before["migrations"]
    assert ask(shop.port("storefront"), "POST", "/buy/tea")[0] == 201


def test_a_new_release_of_the_database_keeps_its_data(shop: Shop) -> None:
    _, before = ask(shop.port("orders"), "GET", "/orders")
    shop.change("orders-db")
    done = shop.platform("deploy", "orders-db")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "nobody answered for" in done.stdout + done.stderr
    _, after = ask(shop.port("orders"), "GET", "/orders")
    assert set(before["numbers"]) <= set(after["numbers"])


def test_the_job_runs_by_hand_and_its_outcome_is_kept(shop: Shop) -> None:
    done = shop.platform("run", "nightly")
    assert done.returncode == 0, done.stdout + done.stderr
    assert " orders" in done.stdout
    (job,) = shop.status()["nightly"]["jobs"]
    assert (job["job"], job["last"]["state"], job["schedule"]) == ("report", "passed", "30 3 * * *")


def test_no_password_is_in_anything_that_is_kept_or_said(shop: Shop) -> None:
    secrets = shop.secrets()
    assert len(secrets) == 2
    said = [shop.platform(*words) for words in (("logs", "orders"), ("status",), ("history", "orders"))]
    texts = [each.stdout + each.stderr for each in said]
    files = [path for path in sorted((shop.root / ".platform").rglob("*")) if _is_read(path)]
    assert len(files) > 20
    for secret in secrets:
        assert not any(secret in text for text in texts)
        assert [path for path in files if secret.encode() in path.read_bytes()] == []


def _is_read(path: Path) -> bool:
    """What the tool writes: packages and the stores' own files are theirs."""
    parts = path.parts
    return path.is_file() and not {"environments", "volumes"}.intersection(parts)
