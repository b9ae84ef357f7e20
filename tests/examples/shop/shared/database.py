"""The database that DATABASE_URL names. It may be away for some seconds, while a new release of it takes over."""

import os
import time
from urllib.parse import unquote, urlsplit

import pg8000.exceptions
import pg8000.native

PATIENCE = 25.0


def connect() -> pg8000.native.Connection:
    parts = urlsplit(os.environ["DATABASE_URL"])
    return pg8000.native.Connection(
        parts.username or "",
        host=parts.hostname or "",
        port=parts.port or 5432,
        database=parts.path.strip("/"),
        password=unquote(parts.password or ""),
        timeout=5,
    )


def run(statement: str, **values: object) -> list[list[object]]:
    """The rows of one statement, tried again for as long as the database is away."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection = connect()
            try:
                return connection.run(statement, **values) or []
            finally:
                connection.close()
        except (OSError, pg8000.exceptions.InterfaceError, pg8000.exceptions.DatabaseError) as error:
            if time.monotonic() > until or not is_away(error):
                raise
            time.sleep(0.1)


def is_away(error: Exception) -> bool:
    """Whether the server went, or is not there yet: it did not refuse what was asked."""
    told = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    return not isinstance(error, pg8000.exceptions.DatabaseError) or str(told.get("C", "")).startswith("57P")
