"""Migration 0004 fills the orders of a database of the release before it, whatever else its inbox has."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Connection, NullPool, create_engine, text

from db.engine.connections import psycopg_url
from db.schema.upgrade import migrate
from tests.fixtures.postgres import connect, schema_url

INSERT = text(
    "INSERT INTO event_inbox (event_id, customer_id, type, occurred_at, received_at, body, raw, status) VALUES "
    "(:event_id, :customer_id, :type, CAST(:at AS timestamptz), '2026-02-01Z', CAST(:body AS jsonb), :raw, :status)"
)


def paid(order_id: str, total: str, currency: str = "USD") -> dict[str, Any]:
    return {"type": "ORDER_PAID", "order": {"order_id": order_id, "total": total, "currency": currency}}


def refunded(order_id: str, amount: str | None = None, **fields: Any) -> dict[str, Any]:
    return {"type": "ORDER_REFUNDED", "order_id": order_id, **fields, **({"amount": amount} if amount else {})}


APPLIED = [
    ("A", 3, paid("late", "20.00")),
    ("A", 1, paid("late", "10.00")),
    ("B", 1, paid("late", "30.00")),
    ("A", 1, refunded("early", "4.00")),
    ("A", 2, paid("early", "9.00")),
    ("A", 4, refunded("early", "6.00", refund_id="r-1")),
    ("A", 5, refunded("early", "2.00", refund_id="r-1")),
    ("A", 1, paid("whole", "9.00")),
    ("A", 2, refunded("whole", cancelled=True)),
    ("A", 1, paid("free", "0.00", "EUR")),
    ("A", 1, paid("part", "50.00")),
    ("A", 2, refunded("part", "20.00", cancelled=True)),
    ("A", 3, refunded("part", "15.00", refund_id="r-2")),
    ("A", 1, refunded("never paid", "1.00")),
]


def fill(connection: Connection) -> None:
    rows: list[dict[str, Any]] = [
        {"customer_id": customer_id, "type": body["type"], "at": f"2026-01-0{day}Z", "body": body, "status": "APPLIED"}
        for customer_id, day, body in APPLIED
    ]
    unapplied = {"customer_id": "A", "type": "ORDER_PAID", "at": "2026-01-01Z", "body": paid("unapplied", "1.00")}
    rows += [{**unapplied, "status": status} for status in ("RECEIVED", "REFUSED", "SKIPPED")]
    rows += [
        {**unapplied, "customer_id": None, "status": "WAITING"},
        {**unapplied, "body": None, "status": "APPLIED"},
        {"customer_id": None, "type": "ERASURE_REQUESTED", "at": None, "body": None, "status": "APPLIED"},
        {"customer_id": "A", "type": "order_paid", "at": None, "body": None, "raw": b"{", "status": "REFUSED"},
    ]
    for number, row in enumerate(rows):
        body = None if row["body"] is None else json.dumps(row["body"])
        connection.execute(INSERT, {"raw": None, **row, "event_id": f"e-{number:02}", "body": body})


@pytest.fixture
def upgraded(postgres_url: str, database_url: str) -> Iterator[str]:
    """The URL of a database that had events before the migration."""
    with connect(database_url) as connection:
        [own] = connection.execute("SELECT current_schema()").fetchone() or [""]
    schema = f"{own}_orders"
    url = schema_url(postgres_url, schema)
    engine = create_engine(psycopg_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        migrate(connection, "0003_messages")
        fill(connection)
        migrate(connection)
    yield url
    with connect(postgres_url) as connection:
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def test_orders_are_what_the_applied_events_say(upgraded: str) -> None:
    with connect(upgraded) as connection:
        found = connection.execute(
            "SELECT customer_id, order_id, event_id, extract(day FROM placed_at AT TIME ZONE 'UTC')::int, total::text,"
            " refunded::text, counted, currency FROM orders ORDER BY customer_id, order_id"
        ).fetchall()
    assert found == [
        ("A", "early", "e-04", 2, "9.00", "9.00", False, "USD"),
        ("A", "free", "e-09", 1, "0.00", "0.00", True, "EUR"),
        ("A", "late", "e-01", 1, "10.00", "0.00", True, "USD"),
        ("A", "part", "e-10", 1, "50.00", "20.00", False, "USD"),
        ("A", "whole", "e-07", 1, "9.00", "9.00", False, "USD"),
        ("B", "late", "e-02", 1, "30.00", "0.00", True, "USD"),
    ]
