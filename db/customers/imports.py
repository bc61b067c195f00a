"""Imported history: many customers are read and written at a time, each completely or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.tombstones import erased_since
from db.customers.write_parts import (
    ORDERS_WRITTEN,
    PROFILE_ASSIGNMENTS,
    PROFILE_COLUMNS,
    PROFILE_RECORD,
    PROFILE_VALUES,
    TRANSITIONS_WRITTEN,
)
from db.engine.connections import json_text
from lifecycle.orders import OrderUpdate

_READ = text("""
    SELECT given.customer_id, profile.epoch, profile.revision, profile.state, profile.updated_at, erasures.erased_at,
           (SELECT coalesce(jsonb_agg(body), '[]') FROM event_inbox AS event
             WHERE event.customer_id = given.customer_id AND status = 'APPLIED' AND body IS NOT NULL) AS applied
    FROM unnest(CAST(:customers AS text[])) AS given(customer_id)
    LEFT JOIN customer_profiles AS profile ON profile.customer_id = given.customer_id
    LEFT JOIN erasures ON erasures.customer_id = given.customer_id
""")

_OWNERS = text("SELECT event_id, customer_id FROM event_inbox WHERE event_id = ANY(CAST(:events AS text[]))")

# `last_write` names the epoch that a workflow has to leave before it knows what was written here.
_PROFILES_WRITTEN = f"""
    welcome AS (
      SELECT * FROM given
      WHERE NOT {erased_since("given.customer_id", "given.earliest")}),
    created AS (
      INSERT INTO customer_profiles (customer_email, customer_id, {PROFILE_COLUMNS}, last_write, created_at, updated_at)
      SELECT given.email, given.customer_id, {PROFILE_VALUES}, 'import:0', given.written_at, given.written_at
      FROM welcome AS given, {PROFILE_RECORD}
      WHERE given.revision IS NULL
      ON CONFLICT DO NOTHING
      RETURNING customer_id, epoch, revision),
    changed AS (
      UPDATE customer_profiles AS known SET
        {PROFILE_ASSIGNMENTS}, revision = known.revision + 1, last_write = 'import:' || known.epoch,
        updated_at = given.written_at
      FROM welcome AS given, {PROFILE_RECORD}
      WHERE known.customer_id = given.customer_id AND known.epoch = given.epoch AND known.revision = given.revision
      RETURNING known.customer_id, known.epoch, known.revision),
    written AS (SELECT * FROM created UNION ALL SELECT * FROM changed)
"""

_EVENTS_APPLIED = """
    events_applied AS (
      INSERT INTO event_inbox AS known (event_id, customer_id, customer_email, type, occurred_at, received_at, body,
                                        status, applied_at, source)
      SELECT event.event_id, given.customer_id, given.email, event.type, event.occurred_at, :now, event.body,
             'APPLIED', :now, 'import'
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(given.events) AS event(
        event_id text, type text, occurred_at timestamptz, body jsonb)
      -- The table refuses the status of an id that another customer's event has: no ledger is overwritten.
      ON CONFLICT (event_id) DO UPDATE SET
        status = CASE WHEN known.customer_id = excluded.customer_id THEN known.status ELSE 'TAKEN' END)
"""

_REFERENCES_WRITTEN = """
    references_written AS (
      INSERT INTO customer_references (reference, customer_id, customer_email)
      SELECT DISTINCT reference, given.customer_id, given.email
      FROM written JOIN given USING (customer_id), jsonb_array_elements_text(given."references") AS reference
      ON CONFLICT DO NOTHING)
"""

_CUSTOMERS_RETURNED = """
    customers_returned AS (
      UPDATE erasures SET returned_at = given.earliest FROM written JOIN given USING (customer_id)
      WHERE erasures.customer_id = given.customer_id AND returned_at IS NULL)
"""

_WRITE = text(f"""
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(CAST(:customers AS jsonb)) AS new(
        customer_id text, email text, epoch int, revision int, written_at timestamptz, earliest timestamptz,
        profile jsonb, events jsonb, transitions jsonb, orders jsonb, "references" jsonb)),
    {_PROFILES_WRITTEN}, {_EVENTS_APPLIED}, {TRANSITIONS_WRITTEN}, {ORDERS_WRITTEN}, {_REFERENCES_WRITTEN},
    {_CUSTOMERS_RETURNED}
    SELECT customer_id FROM written
""")

_NOT_TAKEN_UP = text("""
    SELECT customer_id, customer_email, epoch > 0 AS reload FROM customer_profiles
    WHERE customer_id > :after AND last_write = 'import:' || epoch AND stopped_at IS NULL
    ORDER BY customer_id LIMIT :size
""")

_SUPPRESS = text("""
    INSERT INTO suppressions AS known (customer_id, channel, reason, source, created_at)
    SELECT customer_id, channel, reason, 'import', at
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(customer_id text, channel text, reason text, at timestamptz)
    ON CONFLICT (customer_id, channel) DO UPDATE SET
      reason = excluded.reason, source = excluded.source, created_at = excluded.created_at
    WHERE array_position(CAST(:softest_first AS text[]), excluded.reason)
        > array_position(CAST(:softest_first AS text[]), known.reason)
    RETURNING customer_id
""")


@dataclass(frozen=True)
class StoredCustomer:
    """What is stored for a customer id: the bodies of applied events, and the profile's guard unless it is new.

    Events up to `erased_at` are not accepted.
    """

    customer_id: str
    epoch: int | None
    revision: int | None
    state: str | None
    updated_at: datetime | None
    erased_at: datetime | None
    applied: list[dict[str, Any]]


@dataclass(frozen=True)
class WrittenPast:
    """One customer to write. `epoch` and `revision` are as they were read; None for a new customer.

    `earliest` is when the first of the new events occurred; `references` are the names that shops give the customer.
    """

    customer_id: str
    email: str
    epoch: int | None
    revision: int | None
    written_at: datetime
    earliest: datetime
    profile: Any
    events: Sequence[dict[str, Any]]
    transitions: Sequence[Any]
    orders: Sequence[OrderUpdate]
    references: Sequence[str]


@dataclass(frozen=True)
class Waiting:
    """A customer whose workflow has not loaded the import yet. `reload` when a workflow exists."""

    customer_id: str
    customer_email: str
    reload: bool


async def read_customers(
    engine: AsyncEngine, customers: Sequence[str], events: Sequence[str]
) -> tuple[dict[str, StoredCustomer], dict[str, str | None]]:
    """All the customers by id, and the customer id of each of the `events` that is known."""
    async with engine.connect() as connection:
        found = await connection.execute(_READ, {"customers": list(customers)})
        stored = {row["customer_id"]: StoredCustomer(**row) for row in found.mappings()}
        owners = await connection.execute(_OWNERS, {"events": list(events)})
        return stored, {row.event_id: row.customer_id for row in owners}


async def write_customers(engine: AsyncEngine, customers: Sequence[WrittenPast], now: datetime) -> set[str]:
    """Write customers in one statement; returns the ids of those whose guard held.

    Raises `IntegrityError` when an event id has become another customer's meanwhile, `DataError` for values that
    PostgreSQL does not take; nothing was written then.
    """
    async with engine.connect() as connection:
        rows = await connection.execute(_WRITE, {"customers": json_text(list(customers)), "now": now})
        return set(rows.scalars())


async def not_taken_up(engine: AsyncEngine, *, after: str, size: int) -> list[Waiting]:
    """Customers after an id, in their order, whose workflow has not loaded the import yet."""
    async with engine.connect() as connection:
        rows = await connection.execute(_NOT_TAKEN_UP, {"after": after, "size": size})
        return [Waiting(*row) for row in rows]


async def suppress(engine: AsyncEngine, rows: Sequence[dict[str, Any]], softest_first: Sequence[str]) -> int:
    """Suppress channels: rows of `customer_id`, `channel`, `reason` and `at`. The harder reason stays.

    Returns how many were new or harder. No two rows may be for the same customer and channel.
    """
    async with engine.connect() as connection:
        given = {"rows": json_text(list(rows)), "softest_first": list(softest_first)}
        return len((await connection.execute(_SUPPRESS, given)).all())
