"""What the relay asks of the inbox: whom to signal next, and which rows have waited long enough."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.inbox.arrivals import PendingEvent

# A customer's turn goes by the oldest row that waits, so that a later one never overtakes it; whoever locks that row
# has the customer. The lease, not the lock, keeps others away while signals are under way: the workflow has to write.
_CLAIM = text("""
    WITH heads AS (
      SELECT DISTINCT ON (customer_id) event_id, sequence, signal_after FROM event_inbox
      WHERE status = 'RECEIVED' ORDER BY customer_id, sequence),
    due AS (
      SELECT event_id FROM heads WHERE signal_after <= clock_timestamp() ORDER BY sequence LIMIT 10 * :customers),
    mine AS (
      SELECT event.event_id, event.customer_id FROM event_inbox AS event JOIN due USING (event_id)
      WHERE status = 'RECEIVED' AND signal_after <= clock_timestamp()
      ORDER BY sequence LIMIT :customers FOR UPDATE OF event SKIP LOCKED),
    taken AS (
      SELECT next.event_id FROM mine CROSS JOIN LATERAL (
        SELECT event_id FROM event_inbox AS event
        WHERE event.customer_id = mine.customer_id AND status = 'RECEIVED' AND signal_after <= clock_timestamp()
        ORDER BY sequence LIMIT :of_each FOR UPDATE SKIP LOCKED) AS next
      UNION ALL SELECT event_id FROM mine WHERE customer_id IS NULL),
    claimed AS (
      UPDATE event_inbox AS event SET signal_after = clock_timestamp() + :lease FROM taken
      WHERE event.event_id = taken.event_id
      RETURNING event.event_id, sequence, customer_id, customer_email, type, body, attempts)
    SELECT event_id, customer_id, customer_email, type, body, attempts FROM claimed ORDER BY sequence
""")

_ADOPT = text("""
    WITH found AS (
      SELECT event_id, request, known.customer_id, known.customer_email FROM (
        SELECT *, type IN ('ERASURE_REQUESTED', 'DATA_REQUESTED') AS request FROM event_inbox) AS alone
      CROSS JOIN LATERAL (
        SELECT customer_id, customer_email FROM customer_references WHERE reference = ANY(alone.waits_for)
        ORDER BY array_position(alone.waits_for, reference), created_at DESC LIMIT 1) AS known
      WHERE status = 'WAITING'
        AND (request OR CAST(:within AS interval) IS NULL
             OR received_at > clock_timestamp() - CAST(:within AS interval))
        AND (request OR NOT EXISTS (
          SELECT FROM erasures WHERE customer_id = known.customer_id AND erased_at >= occurred_at))
      FOR UPDATE OF alone SKIP LOCKED)
    UPDATE event_inbox AS waiting SET
      status = 'RECEIVED', waits_for = NULL, customer_id = found.customer_id, signal_after = clock_timestamp(),
      customer_email = CASE WHEN NOT request THEN found.customer_email END,
      body = CASE WHEN request THEN body
                  ELSE body || jsonb_build_object('customer_email', found.customer_email) END
    FROM found WHERE waiting.event_id = found.event_id
""")

_EXPIRE = text("""
    UPDATE event_inbox SET
      status = CASE WHEN type IN ('ADD_TO_CART', 'CART_UPDATED') THEN 'SKIPPED' ELSE 'REFUSED' END,
      waits_for = NULL, last_error = 'nobody told whose it is'
    WHERE status = 'WAITING' AND body IS NOT NULL AND source IS DISTINCT FROM 'twilio'
      AND received_at < clock_timestamp() -
          CASE WHEN type IN ('ADD_TO_CART', 'CART_UPDATED') THEN CAST(:carts AS interval) ELSE :others END
""")

_FORGET = text("""
    UPDATE event_inbox SET body = NULL, raw = NULL, mentions = NULL, customer_email = NULL
    WHERE event_id IN (
      SELECT event_id FROM event_inbox
      WHERE status IN ('SIGNALLED', 'SKIPPED', 'REFUSED', 'DISCARDED')
        AND received_at < clock_timestamp() - CAST(:age AS interval) AND (body IS NOT NULL OR raw IS NOT NULL)
      LIMIT :most)
""")

_FORGET_CARTS = text("""
    DELETE FROM customer_references
    WHERE starts_with(reference, 'cart/') AND created_at < clock_timestamp() - CAST(:age AS interval)
""")

_BACKLOG = text("SELECT count(*) FROM (SELECT FROM event_inbox WHERE status = 'RECEIVED' LIMIT :most) AS waiting")


async def claim(engine: AsyncEngine, *, customers: int, of_each: int, lease: timedelta) -> tuple[PendingEvent, ...]:
    """The next events of so many customers whose turn it is, in the order of arrival; nobody else gets them meanwhile.

    Several relays may ask at once. Who waits longest comes first, and one with many events has one turn as all others.
    """
    async with engine.connect() as connection:
        rows = await connection.execute(_CLAIM, {"customers": customers, "of_each": of_each, "lease": lease})
        return tuple(PendingEvent(*row) for row in rows)


async def adopt(engine: AsyncEngine, *, within: timedelta | None = None) -> int:
    """Give waiting rows to customers who have become known; how many.

    Whoever makes a customer known adopts what waits for them at once, so that this finds requests, and what came in
    at that very moment: `within` looks no further back than that.
    """
    async with engine.connect() as connection:
        return (await connection.execute(_ADOPT, {"within": within})).rowcount


async def expire(engine: AsyncEngine, *, carts: timedelta, others: timedelta) -> int:
    """End the wait of what nobody will name a customer for any more; how many.

    A STOP waits for ever: whoever turns up with that number must not be written to.
    """
    async with engine.connect() as connection:
        return (await connection.execute(_EXPIRE, {"carts": carts, "others": others})).rowcount


async def forget_bodies(engine: AsyncEngine, *, age: timedelta, most: int) -> int:
    """Forget what old rows say that no ledger needs, at most so many; their ids stay, for duplicates. How many."""
    async with engine.connect() as connection:
        return (await connection.execute(_FORGET, {"age": age, "most": most})).rowcount


async def forget_carts(engine: AsyncEngine, *, age: timedelta) -> int:
    """Forget whose carts were whose, long after; how many."""
    async with engine.connect() as connection:
        return (await connection.execute(_FORGET_CARTS, {"age": age})).rowcount


async def backlog(engine: AsyncEngine, *, most: int) -> int:
    """How many events wait to be signalled or applied; counts no further than `most`."""
    async with engine.connect() as connection:
        return int((await connection.execute(_BACKLOG, {"most": most})).scalar_one())
