"""What the relay reads and writes: the events to signal next, and the rows that have waited long enough."""

from datetime import timedelta

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.tombstones import erased_since
from db.inbox.arrivals import PendingEvent

# A customer's turn goes by their oldest pending row, so that a later one never overtakes it; the process that locks
# that row has the customer. While signals are sent the lease, not the lock, keeps others away: the workflow has to
# write.
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
      RETURNING event.event_id, sequence, customer_id, customer_email, type, CAST(body AS text) AS body, attempts)
    SELECT event_id, customer_id, customer_email, type, body, attempts FROM claimed ORDER BY sequence
""")

_ADOPT = text(f"""
    WITH found AS (
      SELECT event_id, request, known.customer_id, known.customer_email FROM (
        SELECT *, type IN ('ERASURE_REQUESTED', 'DATA_REQUESTED') AS request FROM event_inbox) AS alone
      CROSS JOIN LATERAL (
        SELECT customer_id, customer_email FROM customer_references WHERE reference = ANY(alone.waits_for)
        ORDER BY array_position(alone.waits_for, reference), created_at DESC LIMIT 1) AS known
      WHERE status = 'WAITING'
        AND (request OR CAST(:within AS interval) IS NULL
             OR received_at > clock_timestamp() - CAST(:within AS interval))
        AND (request OR NOT {erased_since("known.customer_id", "occurred_at")})
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
      waits_for = NULL, last_error = 'no event named the customer'
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
    """Claim the next events of so many `customers`, in the order of arrival, for the time of `lease`.

    Several relays may claim at the same time. The customer who waits longest comes first. `of_each` is the most events
    of one customer.
    """
    async with engine.connect() as connection:
        rows = await connection.execute(_CLAIM, {"customers": customers, "of_each": of_each, "lease": lease})
        return tuple(PendingEvent(*row) for row in rows)


async def adopt(engine: AsyncEngine, *, within: timedelta | None = None) -> int:
    """Give waiting rows to customers who have become known, and return how many.

    The event that names a customer adopts their waiting rows itself. This finds requests, and rows that arrived at that
    very moment: `within` looks no further back than that.
    """
    async with engine.connect() as connection:
        return (await connection.execute(_ADOPT, {"within": within})).rowcount


async def expire(engine: AsyncEngine, *, carts: timedelta, others: timedelta) -> int:
    """End the wait of rows whose customer is not named in time, and return how many.

    A STOP waits for ever: a customer who turns up with that number later must not get messages.
    """
    async with engine.connect() as connection:
        return (await connection.execute(_EXPIRE, {"carts": carts, "others": others})).rowcount


async def forget_bodies(engine: AsyncEngine, *, age: timedelta, most: int) -> int:
    """Delete the bodies of at most `most` old rows that no ledger needs, and return how many. Their ids stay."""
    async with engine.connect() as connection:
        return (await connection.execute(_FORGET, {"age": age, "most": most})).rowcount


async def forget_carts(engine: AsyncEngine, *, age: timedelta) -> int:
    """Delete old references to carts, and return how many."""
    async with engine.connect() as connection:
        return (await connection.execute(_FORGET_CARTS, {"age": age})).rowcount


async def backlog(engine: AsyncEngine, *, most: int) -> int:
    """Count the events that wait to be signalled or applied, up to `most`."""
    async with engine.connect() as connection:
        return int((await connection.execute(_BACKLOG, {"most": most})).scalar_one())
