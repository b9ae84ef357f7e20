"""How the database is laid out, and how each earlier layout becomes this one."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from .records import upgraded

_TABLES: Final = (
    "CREATE TABLE IF NOT EXISTS releases (service TEXT NOT NULL, number INTEGER NOT NULL, record BLOB NOT NULL, "
    "PRIMARY KEY (service, number)) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS ports "
    "(service TEXT, endpoint TEXT, port INTEGER UNIQUE, PRIMARY KEY (service, endpoint))",
    "CREATE TABLE IF NOT EXISTS replicas (name TEXT PRIMARY KEY, service TEXT, body BLOB)",
    "CREATE TABLE IF NOT EXISTS replica_ports (port INTEGER PRIMARY KEY, name TEXT)",
    "CREATE TABLE IF NOT EXISTS routes (service TEXT PRIMARY KEY, body BLOB)",
    "CREATE TABLE IF NOT EXISTS generation (one INTEGER PRIMARY KEY CHECK (one = 1), number INTEGER)",
    "INSERT OR IGNORE INTO generation VALUES (1, 0)",
)


def _make_tables(connection: sqlite3.Connection) -> None:
    """Until now each part of the tool made its own tables when it came by, so that any of them may be there."""
    for statement in _TABLES:
        connection.execute(statement)


def _tell_how_rollbacks_end(connection: sqlite3.Connection) -> None:
    """Until now the first word of a release's reason told how its rollback ends. What is no JSON is left to whoever
    reads it, who can say which record that is."""
    for service, number, record in connection.execute("SELECT service, number, record FROM releases").fetchall():
        with suppress(ValueError, AttributeError):
            before = json.loads(record)
            after = upgraded(before)
            if after != before:
                row = (json.dumps(after, sort_keys=True).encode(), service, number)
                connection.execute("UPDATE releases SET record = ? WHERE service = ? AND number = ?", row)


MIGRATIONS: Final[tuple[Callable[[sqlite3.Connection], None], ...]] = (_make_tables, _tell_how_rollbacks_end)
"""What makes version n + 1 of version n, by n. A new layout adds one to the end; those before never change."""

VERSION: Final = len(MIGRATIONS)
"""The layout of this code, as `PRAGMA user_version` of the file says it."""
