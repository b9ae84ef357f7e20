"""Release records: what they are, and where a single machine keeps them."""

from .records import Evidence, Holder, Locked, Outcome, Records, Release, State, Step, decode_release, encode_release
from .sqlite import Database, SqliteRecords

__all__ = [
    "Database",
    "Evidence",
    "Holder",
    "Locked",
    "Outcome",
    "Records",
    "Release",
    "SqliteRecords",
    "State",
    "Step",
    "decode_release",
    "encode_release",
]
