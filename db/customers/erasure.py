"""Deleting a customer's rows, and counting what is left of them: one condition per table serves both."""

from typing import Any

from sqlalchemy import delete, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.customers import tombstones
from db.customers.tombstones import Tombstone
from db.schema.tables import Base

KEPT_TABLES = frozenset({"erasures", "suppressions"})
"""Tables that keep a customer's id, which does not identify a person.

The tombstone unifies the suppressions that there were. Later ones, such as from an import, have to remain.
"""

# The run that the erasure ends may have applied later events. What was imported meanwhile has to be imported again.
_STILL_VALID = "(status IN ('RECEIVED', 'SIGNALLED') OR status = 'APPLIED' AND coalesce(source, 'import') <> 'import')"

_OF_MESSAGES = "message_key IN (SELECT message_key FROM communications_log WHERE customer_id = :customer_id)"

# The profile is first: a write that is under way locks it, and writes nothing once it is gone. Of a customer who
# returned after the tombstone was written, only what happened before it is deleted.
_ROWS_OF_CUSTOMER = {
    "customer_profiles": "customer_id = :customer_id",
    "message_events": _OF_MESSAGES,
    "rendered_messages": _OF_MESSAGES,
    "communications_log": "customer_id = :customer_id",
    "state_transitions": "customer_id = :customer_id",
    "orders": "customer_id = :customer_id",
    "event_inbox": f"""
        (customer_id = :customer_id AND NOT (
           :returned AND occurred_at > :erased_at AND ({_STILL_VALID} OR status IN ('SKIPPED', 'REFUSED')))
         OR mentions @> ARRAY[CAST(:customer_id AS text)]
         OR status = 'WAITING' AND waits_for && ARRAY(
           SELECT CAST(reference AS text) FROM customer_references WHERE customer_id = :customer_id))
    """,
    "customer_references": "customer_id = :customer_id AND NOT (:returned AND created_at > :written_at)",
}

ERASED_TABLES = tuple(_ROWS_OF_CUSTOMER)
"""Tables that an erasure deletes from, in its order."""

# The request stays, without the customer: a duplicate of it must not erase a customer who has returned since.
_FORGET_REQUESTS = text("""
    UPDATE event_inbox SET status = 'APPLIED', applied_at = clock_timestamp(), customer_id = NULL,
      customer_email = NULL, body = NULL, raw = NULL, mentions = NULL, waits_for = NULL, last_error = NULL
    WHERE customer_id = :customer_id AND type = 'ERASURE_REQUESTED' AND NOT (:returned AND occurred_at > :erased_at)
""")

# The workflow of a customer who returned may have been deleted: the later events are signalled again at the end.
_SIGNAL_AGAIN = text(f"""
    UPDATE event_inbox SET status = 'RECEIVED', signal_after = clock_timestamp(), applied_at = NULL
    WHERE customer_id = :customer_id AND {_STILL_VALID}
""")

_SHOP_BODIES = text("""
    UPDATE event_inbox SET status = 'DISCARDED', body = NULL, raw = NULL, mentions = NULL, waits_for = NULL,
      customer_email = NULL, last_error = 'the shop was erased'
    WHERE source = :source AND customer_id IS NULL AND (body IS NOT NULL OR raw IS NOT NULL)
      AND type IS DISTINCT FROM 'SHOP_ERASURE_REQUESTED'
""")

# Each part stops at a page by itself: together they would be read whole for every page.
_SHOP_CUSTOMERS = text("""
    (SELECT DISTINCT customer_id FROM customer_references
      WHERE starts_with(reference, 'customer/' || :source || '/') AND customer_id > :after
      ORDER BY customer_id LIMIT :size)
    UNION
    (SELECT DISTINCT customer_id FROM event_inbox WHERE source = :source AND customer_id > :after
      ORDER BY customer_id LIMIT :size)
    ORDER BY customer_id LIMIT :size
""")


async def delete_rows(engine: AsyncEngine, customer_id: str, tombstone: Tombstone) -> dict[str, int]:
    """Delete a customer's rows in one transaction, and add the counts to the receipt. Returns the counts by table."""
    async with tombstones.transaction(engine) as connection:
        known = await tombstones.lock(connection, customer_id)
        values = _values(customer_id, tombstone, returned=known.returned_at is not None)
        await connection.execute(_FORGET_REQUESTS, values)
        tables = Base.metadata.tables
        deleted = {
            name: (await connection.execute(delete(tables[name]).where(text(condition)), values)).rowcount
            for name, condition in _ROWS_OF_CUSTOMER.items()
        }
        await connection.execute(_SIGNAL_AGAIN, values)
        await tombstones.add_to_receipt(connection, customer_id, known, rows=deleted)
    return deleted


async def finish(engine: AsyncEngine, customer_id: str, tombstone: Tombstone, runs: int) -> dict[str, int]:
    """Count the rows that are left, by table. Without any, and without `runs`, the erasure is complete."""
    async with tombstones.transaction(engine) as connection:
        known = await tombstones.lock(connection, customer_id)
        values = _values(customer_id, tombstone, returned=known.returned_at is not None)
        left = await _count(connection, values)
        if not runs and not any(left.values()):
            await tombstones.complete(connection, customer_id, known, left, runs)
            await connection.execute(_SIGNAL_AGAIN, values)
    return left


async def count_rows(engine: AsyncEngine, customer_id: str) -> dict[str, int]:
    """How many rows an erasure would delete, by table."""
    async with engine.connect() as connection:
        return await _count(connection, _values(customer_id, None, returned=False))


async def shop_customers(engine: AsyncEngine, *, source: str, after: str, size: int) -> list[str]:
    """The ids of the next customers whom the shop system `source` reported, in their order."""
    async with engine.connect() as connection:
        found = await connection.execute(_SHOP_CUSTOMERS, {"source": source, "after": after, "size": size})
        return list(found.scalars())


async def discard_shop_bodies(engine: AsyncEngine, source: str) -> int:
    """Delete the bodies that `source` sent about unknown customers; returns how many rows."""
    async with engine.connect() as connection:
        return (await connection.execute(_SHOP_BODIES, {"source": source})).rowcount


async def _count(connection: AsyncConnection, values: dict[str, Any]) -> dict[str, int]:
    tables = Base.metadata.tables
    return {
        name: (
            await connection.execute(select(func.count()).select_from(tables[name]).where(text(condition)), values)
        ).scalar_one()
        for name, condition in _ROWS_OF_CUSTOMER.items()
    }


def _values(customer_id: str, tombstone: Tombstone | None, *, returned: bool) -> dict[str, Any]:
    return {
        "customer_id": customer_id,
        "returned": returned,
        "erased_at": tombstone and tombstone.erased_at,
        "written_at": tombstone and tombstone.written_at,
    }
