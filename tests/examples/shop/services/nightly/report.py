"""Counts the day's orders. With --check it only sees whether it could: the tables may not be there yet."""

import os
import sys

from database import connect

if os.environ.get("MODE") == "wrong":
    sys.exit("the report cannot be written")

connection = connect()
if "--check" in sys.argv:
    connection.run("SELECT 1")
else:
    ((count,),) = connection.run("SELECT count(*) FROM orders")
    connection.run(
        "INSERT INTO reports (day, orders) VALUES (current_date, :count)"
        " ON CONFLICT (day) DO UPDATE SET orders = excluded.orders",
        count=count,
    )
    print(count, "orders")
