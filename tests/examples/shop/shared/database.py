"""One connection to the database that DATABASE_URL names."""

import os
from urllib.parse import unquote, urlsplit

import pg8000.native


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
