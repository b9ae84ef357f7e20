"""Brings the tables to what this version needs, all of it or nothing."""

import os
import sys

from database import connect

STEPS = [
    "CREATE TABLE IF NOT EXISTS orders (number serial PRIMARY KEY, item text NOT NULL)",
    "CREATE TABLE IF NOT EXISTS reports (day date PRIMARY KEY, orders bigint NOT NULL)",
    "CREATE TABLE IF NOT EXISTS migrations (number serial PRIMARY KEY, version text NOT NULL)",
]

connection = connect()
connection.run("START TRANSACTION")
for step in STEPS:
    connection.run(step)
if os.environ.get("MODE") == "bad-migration":
    sys.exit("the column item cannot be dropped: it is needed")
connection.run("INSERT INTO migrations (version) VALUES (:version)", version=os.environ["ONEWAY_VERSION"])
connection.run("COMMIT")
print("migrated to", os.environ["ONEWAY_VERSION"])
