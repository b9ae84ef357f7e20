"""The database of any earlier version becomes one of this version, and is copied before that."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from test_store_sqlite import draft, records_in

from oneway.store import Database, Holder, Release, State, Unusable, encode_release
from oneway.store.database_layout import VERSION

RELEASES = (
    "CREATE TABLE releases (service TEXT NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL, "
    "PRIMARY KEY (service, number)) WITHOUT ROWID;"
)
LEDGER = """
CREATE TABLE ports (service TEXT, endpoint TEXT, port INTEGER UNIQUE, PRIMARY KEY (service, endpoint));
CREATE TABLE replicas (name TEXT PRIMARY KEY, service TEXT, body BLOB);
CREATE TABLE replica_ports (port INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE routes (service TEXT PRIMARY KEY, body BLOB);
CREATE TABLE generation (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER);
INSERT INTO generation VALUES (1, 7);
INSERT INTO ports VALUES ('id', 'http', 8000);
"""
EARLIER = {
    "records alone": (0, RELEASES),
    "ledger alone": (0, LEDGER),
    "both": (0, RELEASES + LEDGER),
    "both, numbered": (1, RELEASES + LEDGER),
}


def as_it_was(reason: str, state: str = "rolling back", number: int = 1) -> bytes:
    """A record as the first versions wrote it."""
    body = json.loads(encode_release(draft())) | {"number": number, "state": state, "reason": reason}
    del body["ends_as"]
    return json.dumps(body).encode()


@pytest.fixture(params=EARLIER)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    """The database of an earlier version, with three releases where it has records."""
    version, statements = EARLIER[request.param]
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as made, made:
        made.executescript(f"PRAGMA journal_mode=WAL; {statements} PRAGMA user_version = {version};")
        if "CREATE TABLE releases" in statements:
            rows = [("id", 1, as_it_was("interrupted: by hand")), ("id", 2, as_it_was("id's check failed", number=2))]
            rows.append(("id", 3, as_it_was("interrupted: by hand", "interrupted", 3)))
            made.executemany("INSERT INTO releases VALUES (?, ?, ?)", rows)
    return Database(path)


def version_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as opened:
        return int(opened.execute("PRAGMA user_version").fetchone()[0])


def test_every_earlier_layout_becomes_this_one_and_keeps_what_it_had(earlier: Database) -> None:
    with closing(sqlite3.connect(earlier.path)) as before:
        had = {name for (name,) in before.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    releases = records_in(earlier.path.parent).releases("id")
    if "releases" in had:
        assert [(each.number, each.state, each.ends_as, each.reason) for each in releases] == [
            (3, State.INTERRUPTED, None, "interrupted: by hand"),
            (2, State.ROLLING_BACK, State.ROLLED_BACK, "id's check failed"),
            (1, State.ROLLING_BACK, State.INTERRUPTED, "by hand"),
        ]
    else:
        assert releases == ()
    with earlier.reading() as connection:
        assert connection.execute("SELECT number FROM generation").fetchone() == (7 if "generation" in had else 0,)
        assert len(connection.execute("SELECT * FROM ports").fetchall()) == ("ports" in had)
        for table in ("replicas", "replica_ports", "routes"):
            assert connection.execute(f"SELECT * FROM {table}").fetchall() == []
    assert version_of(earlier.path) == VERSION


def test_a_copy_of_the_earlier_layout_is_kept(earlier: Database) -> None:
    before = version_of(earlier.path)
    with earlier.reading():
        pass
    (copy,) = earlier.copies()
    assert version_of(copy) == before
    with earlier.reading():
        pass
    assert earlier.copies() == [copy]


def test_a_migration_that_is_cut_off_changes_nothing(earlier: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE half (one INTEGER)")
        raise KeyboardInterrupt

    before = version_of(earlier.path)
    with monkeypatch.context() as patched:
        patched.setattr("oneway.store.database.MIGRATIONS", (fails, fails))
        with pytest.raises(KeyboardInterrupt), earlier.transaction():
            pass
    assert version_of(earlier.path) == before
    with earlier.reading() as connection:
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    assert "half" not in tables
    assert version_of(earlier.path) == VERSION


def test_a_later_layout_is_left_alone(tmp_path: Path) -> None:
    database = Database(tmp_path / "state.db")
    with database.transaction() as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    for attempt in (database.transaction, database.reading, database.held):
        with pytest.raises(Unusable, match=rf"has layout {VERSION + 1}, and this `platform` knows {VERSION}") as raised:
            attempt().__enter__()
        assert not raised.value.lost


def test_records_are_copied_before_and_after_what_changes_them(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    first = records.create(draft())
    with records.lock("id", Holder("ann", 1.0)):
        second = records.create(draft())
    after, before = records.database.copies()
    assert [kept(each) for each in (before, after)] == [(first,), (second, first)]
    for _ in range(20):
        with records.lock("id", Holder("ann", 1.0)):
            pass
    assert len(records.database.copies()) == 8


def kept(copy: Path) -> tuple[Release, ...]:
    """The releases in a copy."""
    folder = copy.parent / copy.stem
    folder.mkdir()
    (folder / "state.db").write_bytes(copy.read_bytes())
    return records_in(folder).releases("id")


def make_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BROKEN: dict[str, Callable[[Path], object]] = {
    "garbage": lambda path: path.write_bytes(b"no database at all, but long enough to be looked at" * 40),
    "zeroes": lambda path: path.write_bytes(bytes(len(path.read_bytes()))),
    "half": lambda path: path.write_bytes(path.read_bytes()[: len(path.read_bytes()) // 2]),
    "a page of noise": lambda path: path.write_bytes(path.read_bytes()[:4096] + bytes(range(256)) * 16 * 8),
    "a folder": make_folder,
}


@pytest.mark.parametrize("harm", BROKEN)
def test_what_is_broken_is_lost_and_a_copy_takes_its_place(tmp_path: Path, harm: str) -> None:
    records = records_in(tmp_path)
    with records.lock("id", Holder("ann", 1.0)):
        releases = tuple(reversed([records.create(draft()) for _ in range(30)]))
    BROKEN[harm](records.database.path)
    with pytest.raises(Unusable, match=r"state\.db is broken") as raised:
        records.database.examine()
    assert raised.value.lost
    records.database.restore(records.database.copies()[0])
    records.database.examine()
    assert records.releases("id") == releases
    assert [each for each in tmp_path.iterdir() if ".broken-" in each.name]


def test_a_record_that_is_no_record_is_named(tmp_path: Path) -> None:
    records = records_in(tmp_path)
    records.create(draft())
    with records.database.transaction() as connection:
        connection.execute("UPDATE releases SET record = ?", (b'{"service": 1}',))
    with pytest.raises(Unusable, match="the record of id's release 1 cannot be read") as raised:
        records.releases("id")
    assert raised.value.lost


def test_a_file_that_somebody_else_holds_is_not_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("oneway.store.database._WAIT_SECONDS", 0.05)
    records = records_in(tmp_path)
    records.create(draft())
    with closing(sqlite3.connect(records.database.path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        other.execute("DELETE FROM ports")
        with pytest.raises(Unusable, match=r"state\.db is locked") as raised:
            records.create(draft())
    assert not raised.value.lost
