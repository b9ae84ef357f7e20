"""Records on one machine: durable, shared by processes, and a lock that dies with its holder."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from msgspec.structs import replace

from oneway.errors import OnewayError
from oneway.manifest.decode import decode
from oneway.model import Service
from oneway.store import Database, Holder, Locked, Release, SqliteRecords, decode_release, encode_release

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from oneway.store import Database, Holder, SqliteRecords
root = Path(sys.argv[1])
with SqliteRecords(Database(root / "state.db"), root / "locks").lock("id", Holder("ann@laptop (process 7)", 12.0)):
    print("held", flush=True)
    time.sleep(60)
"""


def records_in(root: Path) -> SqliteRecords:
    return SqliteRecords(Database(root / "state.db"), root / "locks")


def draft() -> Release:
    body = {
        "apiVersion": "oneway/v1",
        "service": "id",
        "version": "1.0.0",
        "owner": "ann",
        "domain": "works",
        "calls": [{"to": "clock", "timeout": "200ms"}],
        "rollout": {"bake": "1.5s"},
        "smoke": [{"name": "a", "request": {"path": "/", "json": {"a": [1]}}, "expect": {"body": {"x": {"above": 1}}}}],
    }
    return Release(
        service="id",
        number=0,
        version="1.0.0",
        content="c",
        digest="d",
        spec=decode(body, Service),
        environment="local",
        author="ann",
        started=1.5,
    )


def test_a_record_is_read_back_equal_and_unknown_fields_are_passed_over() -> None:
    text = encode_release(draft())
    assert decode_release(text) == draft()
    assert decode_release(text[:-1] + b',"of_a_later_version":1}') == draft()


def test_numbers_count_up_per_service_and_the_newest_comes_first(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    first, second = records.create(draft()), records.create(draft())
    other = records.create(replace(draft(), service="other"))
    assert (first.number, second.number, other.number) == (1, 2, 1)
    records.save(replace(first, reason="changed"))
    assert [(each.number, each.reason) for each in records_in(tmp_path).releases("id")] == [(2, ""), (1, "changed")]
    assert records.services() == ("id", "other")
    assert records.releases("nobody") == ()


def test_a_lock_is_free_again_when_its_holder_is_killed(tmp_path: Path) -> None:
    environ = {**os.environ, "PYTHONPATH": str(ROOT / "platform")}
    with subprocess.Popen([sys.executable, "-c", HOLDER, str(tmp_path)], stdout=subprocess.PIPE, env=environ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        records = records_in(tmp_path)
        assert records.holder("id") == Holder("ann@laptop (process 7)", 12.0)
        with pytest.raises(Locked, match=r"id is being deployed by ann@laptop \(process 7\) since"):
            records.lock("id", Holder("bob", 13.0)).__enter__()
        other.send_signal(signal.SIGKILL)
        other.wait()
        assert records.holder("id") is None
        with records.lock("id", Holder("bob", 13.0)):
            assert records.holder("id") == Holder("bob", 13.0)


def test_a_file_that_is_no_database_is_an_error_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"this is no database, and long enough to be seen as none" * 40)
    with pytest.raises(OnewayError, match=r"state\.db is broken: file is not a database"):
        records_in(tmp_path).create(draft())
