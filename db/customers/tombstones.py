"""Tombstones: when a customer was erased, since when they have returned, and the receipt of what was deleted."""

from collections import Counter
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.engine.connections import json_text

CHANNELS = ("EMAIL", "SMS")
LONGEST_REQUESTER = 60

SOURCE = "erasure"
"""The source of the suppressions that an erasure leaves behind."""


def erased_since(customer_id: str, occurred_at: str) -> str:
    """The SQL condition that a customer was erased at or after a time: what occurred until then is not taken in.

    Both arguments are SQL expressions. Every statement that accepts events uses this condition; `covers` is the same
    in Python.
    """
    return (
        "EXISTS (SELECT FROM erasures AS tombstone"
        f" WHERE tombstone.customer_id = {customer_id} AND tombstone.erased_at >= {occurred_at})"
    )


def covers(erased_at: datetime | None, occurred_at: datetime) -> bool:
    """Whether a tombstone of `erased_at` rejects an event of that time."""
    return erased_at is not None and erased_at >= occurred_at


_LOCK = text("""
    SELECT erased_at, returned_at, completed_at, coalesce(receipt, '{}') AS receipt
    FROM erasures WHERE customer_id = :customer_id FOR UPDATE
""")

# The time of a customer who was fast-forwarded is in the future, and what happened there is past too.
_RAISE = text("""
    INSERT INTO erasures AS known (customer_id, erased_at, requested_by, receipt)
    SELECT CAST(:customer_id AS varchar),
           greatest(CAST(:requested_at AS timestamptz), clock_timestamp(),
                    (SELECT updated_at FROM customer_profiles WHERE customer_id = :customer_id),
                    (SELECT max(occurred_at) FROM event_inbox WHERE customer_id = :customer_id)),
           :requested_by, CAST(:receipt AS jsonb)
    ON CONFLICT (customer_id) DO UPDATE SET
      erased_at = greatest(known.erased_at, excluded.erased_at), requested_by = excluded.requested_by,
      returned_at = NULL, completed_at = NULL, receipt = excluded.receipt
    RETURNING erased_at
""")

# Consent given later lifts the suppression. A customer who returns gets the mail that their orders need.
_SUPPRESS = text("""
    INSERT INTO suppressions (customer_id, channel, reason, source, created_at)
    SELECT :customer_id, channel, 'unsubscribe', :source, :erased_at FROM unnest(CAST(:channels AS text[])) AS channel
    ON CONFLICT (customer_id, channel) DO UPDATE SET
      reason = excluded.reason, source = excluded.source, created_at = excluded.created_at
""")

_RESUME = text("""
    UPDATE erasures SET completed_at = NULL WHERE customer_id = :customer_id AND returned_at IS NULL
    RETURNING erased_at
""")

_RECEIPT = text("UPDATE erasures SET receipt = CAST(:receipt AS jsonb) WHERE customer_id = :customer_id")

_COMPLETE = text("UPDATE erasures SET completed_at = clock_timestamp() WHERE customer_id = :customer_id")

_READ = text("""
    SELECT customer_id, erased_at, requested_by, returned_at, completed_at, receipt
    FROM erasures WHERE customer_id = :customer_id
""")


@dataclass(frozen=True)
class Tombstone:
    """Nothing that occurred until `erased_at`, in the customer's time, is accepted again.

    A statement that began after `written_at`, by the database's clock, has seen the tombstone.
    """

    erased_at: datetime
    written_at: datetime


@dataclass(frozen=True)
class LockedTombstone:
    """A tombstone that is locked until the transaction ends, with the receipt so far."""

    erased_at: datetime
    returned_at: datetime | None
    completed_at: datetime | None
    receipt: dict[str, Any]


@dataclass(frozen=True)
class StoredErasure:
    """The row in `erasures`."""

    customer_id: str
    erased_at: datetime
    requested_by: str
    returned_at: datetime | None
    completed_at: datetime | None
    receipt: dict[str, Any] | None


async def write(
    engine: AsyncEngine, *, customer_id: str, requested_by: str, requested_at: datetime
) -> Tombstone | None:
    """Write a tombstone and its suppressions. Past events of the customer are rejected from then on.

    The time of an existing tombstone is raised, and its receipt becomes part of the new one. A duplicate of the same
    request changes nothing, and returns None once it was fulfilled.
    """
    request = {"requested_by": requested_by[:LONGEST_REQUESTER], "requested_at": requested_at.isoformat()}
    async with transaction(engine) as connection:
        row = (await connection.execute(_LOCK, {"customer_id": customer_id})).one_or_none()
        known = None if row is None else LockedTombstone(*row)
        if known and request.items() <= known.receipt.items():
            if known.completed_at:
                return None
            erased_at = known.erased_at
        else:
            erased_at = await _raise(connection, customer_id, requested_at, request, known)
    return Tombstone(erased_at, await _clock(engine))


async def resume(engine: AsyncEngine, customer_id: str) -> Tombstone | None:
    """Resume an erasure that was complete; None for a customer who has returned since."""
    async with engine.connect() as connection:
        erased_at = (await connection.execute(_RESUME, {"customer_id": customer_id})).scalar_one_or_none()
    return erased_at and Tombstone(erased_at, await _clock(engine))


async def read(engine: AsyncEngine, customer_id: str) -> StoredErasure | None:
    """The customer's tombstone; None for one who was never erased."""
    async with engine.connect() as connection:
        row = (await connection.execute(_READ, {"customer_id": customer_id})).mappings().one_or_none()
        return None if row is None else StoredErasure(**row)


@asynccontextmanager
async def transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction in which each statement sees what was committed before it began."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="READ COMMITTED")
        async with connection.begin():
            yield connection


async def lock(connection: AsyncConnection, customer_id: str) -> LockedTombstone:
    """Lock the tombstone, which must exist, for the rest of the transaction, so that the customer cannot return."""
    return LockedTombstone(*(await connection.execute(_LOCK, {"customer_id": customer_id})).one())


async def add_to_receipt(
    connection: AsyncConnection, customer_id: str, known: LockedTombstone, rows: Mapping[str, int]
) -> None:
    """Add counts of deleted rows in the transaction that deletes them, so that a repeated attempt counts once."""
    counted = Counter(known.receipt.get("rows", {}))
    counted.update(rows)
    await _keep_receipt(connection, customer_id, {**known.receipt, "rows": counted})


async def add_runs(engine: AsyncEngine, customer_id: str, runs: Collection[str]) -> None:
    """Store the ids of workflow runs that are about to be deleted."""
    async with transaction(engine) as connection:
        known = await lock(connection, customer_id)
        together = sorted({*known.receipt.get("runs", []), *runs})
        await _keep_receipt(connection, customer_id, {**known.receipt, "runs": together})


async def complete(
    connection: AsyncConnection, customer_id: str, known: LockedTombstone, rows: Mapping[str, int], runs: int
) -> None:
    """Complete the erasure with the proof: the counts of rows and runs that are left."""
    proof = {"checked_at": await _now(connection), "rows": rows, "runs": runs}
    await _keep_receipt(connection, customer_id, {**known.receipt, "proof": proof})
    await connection.execute(_COMPLETE, {"customer_id": customer_id})


async def _raise(
    connection: AsyncConnection,
    customer_id: str,
    requested_at: datetime,
    request: dict[str, str],
    known: LockedTombstone | None,
) -> datetime:
    before = dict(known.receipt) if known else {}
    earlier = [*before.pop("earlier", []), *([before] if before else [])]
    receipt = {**request, "rows": {}, "runs": [], **({"earlier": earlier} if earlier else {})}
    values = {"customer_id": customer_id, "requested_at": requested_at, "requested_by": request["requested_by"]}
    raised = await connection.execute(_RAISE, {**values, "receipt": json_text(receipt)})
    erased_at: datetime = raised.scalar_one()
    await connection.execute(
        _SUPPRESS,
        {"customer_id": customer_id, "source": SOURCE, "erased_at": erased_at, "channels": list(CHANNELS)},
    )
    return erased_at


async def _keep_receipt(connection: AsyncConnection, customer_id: str, receipt: Mapping[str, Any]) -> None:
    await connection.execute(_RECEIPT, {"customer_id": customer_id, "receipt": json_text(receipt)})


async def _clock(engine: AsyncEngine) -> datetime:
    async with engine.connect() as connection:
        return await _now(connection)


async def _now(connection: AsyncConnection) -> datetime:
    now: datetime = (await connection.execute(text("SELECT clock_timestamp()"))).scalar_one()
    return now
