"""Release records: what they are, and where a single machine keeps them."""

from .database import Database, Unusable
from .records import Evidence, Holder, Locked, Outcome, Records, Release, State, Step, decode_release, encode_release
from .sqlite import SqliteRecords

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
    "Unusable",
    "decode_release",
    "encode_release",
]
