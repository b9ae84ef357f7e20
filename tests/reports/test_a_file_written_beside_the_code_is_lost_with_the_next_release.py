"""A user sees: a service keeps its data in its working folder; an upgrade loses it, a rollback brings back what was."""

from pathlib import Path

import pytest
from local_checkout import Checkout
from local_place import asked
from small_server import SERVER

pytest_plugins = ("given_checkout",)
WRITES = f"""{SERVER}
import pathlib

def answer(path):
    if path == "/readyz":
        return 200, "ready"
    action, _, place = path[1:].partition("?")
    try:
        place = pathlib.Path(os.path.expandvars(place))
        if action == "write":
            place.write_text("data")
        if action == "append":
            place.open("a").write("data")
        if action == "remove":
            place.unlink()
        if action == "mkdir":
            place.mkdir()
        if action == "read":
            return 200, place.read_text()[:20]
    except OSError as error:
        return 200, type(error).__name__
    return 200, "done"

serve()
"""


@pytest.mark.timeout(240)
def test_a_build_stays_what_it_is_and_scratch_can_be_written(checkout: Checkout) -> None:
    checkout.write_program("id", "1.0.0", WRITES)
    deep = checkout.root / "services/id/pkg/deep"
    deep.mkdir(parents=True)
    (deep / "known.txt").write_text("known")
    assert checkout.run("deploy", "id").returncode == 0
    address = checkout.status()["addresses"]["http"]
    for refused in (
        *("write?data.db", "write?pkg/data.db", "write?pkg/deep/x", "mkdir?cache", "remove?pkg/deep/known.txt"),
        *("append?tiny_service.py", "write?tiny_service.py", "write?../other", "remove?tiny_service.py"),
    ):
        assert asked(address, f"/{refused}") == "PermissionError", refused
    assert asked(address, "/read?pkg/deep/known.txt") == "known"
    for place in ("$HOME/data.db", "$TMPDIR/x"):
        assert asked(address, f"/write?{place}") == "done"
        assert asked(address, f"/read?{place}") == "data"


@pytest.mark.timeout(240)
def test_closed_builds_are_deleted_as_any_other(checkout: Checkout) -> None:
    for version in ("1.0.0", "1.1.0", "1.2.0", "1.3.0"):
        checkout.write("id", version)
        (checkout.root / "services/id/pkg").mkdir(exist_ok=True)
        (checkout.root / "services/id/pkg/x.txt").write_text(version)
        assert checkout.run("deploy", "id").returncode == 0
    builds = [path for path in Path(checkout.root / ".platform/builds/id").iterdir() if path.is_dir()]
    assert len(builds) == 2
