"""Takes orders: written down in the database first, told on the channel then."""

import os
import sys

import bus
import database
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

MODE = os.environ.get("MODE", "good")
if MODE == "crash":
    sys.exit("boom: no database")

app = FastAPI()


class Order(BaseModel):
    item: str


@app.get("/livez")
def livez() -> dict[str, str]:
    return {}


@app.get("/readyz")
def readyz() -> dict[str, str]:
    database.run("SELECT number FROM orders LIMIT 1")
    bus.ask(os.environ["BUS_URL"], "PING")
    return {}


@app.post("/orders", status_code=201)
def place(order: Order) -> dict[str, object]:
    if MODE == "wrong":
        raise HTTPException(500, "no orders today")
    ((number,),) = database.run("INSERT INTO orders (item) VALUES (:item) RETURNING number", item=order.item)
    bus.ask(os.environ["BUS_URL"], "XADD", bus.STREAM, "*", "number", number)
    return {"number": number, "item": order.item}


@app.get("/orders")
def list_orders() -> dict[str, object]:
    numbers = [number for (number,) in database.run("SELECT number FROM orders ORDER BY number")]
    mailed = bus.ask(os.environ["BUS_URL"], "SMEMBERS", "mailed") or []
    migrations = [version for (version,) in database.run("SELECT version FROM migrations ORDER BY number")]
    return {"numbers": numbers, "mailed": sorted(int(each) for each in mailed), "migrations": migrations}
