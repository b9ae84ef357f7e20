"""Takes orders: written down in the database first, told on the channel then."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from bus import STREAM, Bus
from database import connect
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

MODE = os.environ.get("MODE", "good")
if MODE == "crash":
    sys.exit("boom: no database")

app = FastAPI()


class Order(BaseModel):
    item: str


@contextmanager
def bus() -> Iterator[Bus]:
    found = Bus(os.environ["BUS_URL"])
    try:
        yield found
    finally:
        found.close()


@app.get("/livez")
def livez() -> dict[str, str]:
    return {}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    connection = connect()
    try:
        connection.run("SELECT number FROM orders LIMIT 1")
    finally:
        connection.close()
    with bus() as found:
        found.ask("PING")
    return {}


@app.post("/orders", status_code=201)
def place(order: Order) -> dict[str, object]:
    if MODE == "wrong":
        raise HTTPException(500, "no orders today")
    connection = connect()
    try:
        ((number,),) = connection.run("INSERT INTO orders (item) VALUES (:item) RETURNING number", item=order.item)
    finally:
        connection.close()
    with bus() as found:
        found.ask("XADD", STREAM, "*", "number", number)
    return {"number": number, "item": order.item}


@app.get("/orders")
def list_orders() -> dict[str, object]:
    connection = connect()
    try:
        numbers = [number for (number,) in connection.run("SELECT number FROM orders ORDER BY number")]
    finally:
        connection.close()
    with bus() as found:
        mailed = found.ask("SMEMBERS", "mailed") or []
    return {"numbers": numbers, "mailed": sorted(int(each) for each in mailed)}
