"""History told afterwards: read and written many customers at a time, each whole or not at all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text

_READ = text("""
    SELECT given.customer_id, profile.epoch, profile.revision, profile.state, profile.updated_at, erasures.erased_at,
           (SELECT coalesce(jsonb_agg(body), '[]') FROM event_inbox AS event
             WHERE event.customer_id = given.customer_id AND status = 'APPLIED' AND body IS NOT NULL) AS applied
    FROM unnest(CAST(:customers AS text[])) AS given(customer_id)
    LEFT JOIN customer_profiles AS profile ON profile.customer_id = given.customer_id
    LEFT JOIN erasures ON erasures.customer_id = given.customer_id
""")

_OWNERS = text("SELECT event_id, customer_id FROM event_inbox WHERE event_id = ANY(CAST(:events AS text[]))")

# `last_write` says which epoch a workflow has to leave behind before it knows what was written here.
_WRITE = text("""
    WITH given AS (
      SELECT * FROM jsonb_to_recordset(CAST(:customers AS jsonb)) AS new(
        customer_id text, email text, epoch int, revision int, written_at timestamptz, earliest timestamptz,
        profile jsonb, events jsonb, transitions jsonb, names jsonb)),
    welcome AS (
      SELECT given.*, state, total_spend, order_count, last_order_date, name, phone, locale, time_zone, consent_email,
             consent_email_at, consent_email_source, consent_sms, consent_sms_at, consent_sms_source
      FROM given, jsonb_to_record(profile) AS column_of(
        state text, total_spend numeric(10, 2), order_count int, last_order_date timestamptz, name text,
        phone varchar(32), locale text, time_zone text, consent_email boolean, consent_email_at timestamptz,
        consent_email_source text, consent_sms boolean, consent_sms_at timestamptz, consent_sms_source text)
      WHERE NOT EXISTS (
        SELECT FROM erasures WHERE erasures.customer_id = given.customer_id AND erased_at >= earliest)),
    created AS (
      INSERT INTO customer_profiles (customer_email, customer_id, state, total_spend, order_count, last_order_date,
                                     name, phone, locale, time_zone, consent_email, consent_email_at,
                                     consent_email_source, consent_sms, consent_sms_at, consent_sms_source,
                                     last_write, created_at, updated_at)
      SELECT email, customer_id, state, total_spend, order_count, last_order_date, name, phone, locale, time_zone,
             consent_email, consent_email_at, consent_email_source, consent_sms, consent_sms_at, consent_sms_source,
             'import:0', written_at, written_at
      FROM welcome WHERE revision IS NULL
      ON CONFLICT DO NOTHING
      RETURNING customer_id, epoch, revision),
    changed AS (
      UPDATE customer_profiles AS known SET
        state = new.state, total_spend = new.total_spend, order_count = new.order_count,
        last_order_date = new.last_order_date, name = new.name, phone = new.phone, locale = new.locale,
        time_zone = new.time_zone, consent_email = new.consent_email, consent_email_at = new.consent_email_at,
        consent_email_source = new.consent_email_source, consent_sms = new.consent_sms,
        consent_sms_at = new.consent_sms_at, consent_sms_source = new.consent_sms_source,
        revision = known.revision + 1, last_write = 'import:' || known.epoch, updated_at = new.written_at
      FROM welcome AS new
      WHERE known.customer_id = new.customer_id AND known.epoch = new.epoch AND known.revision = new.revision
      RETURNING known.customer_id, known.epoch, known.revision),
    written AS (SELECT * FROM created UNION ALL SELECT * FROM changed),
    ledger AS (
      INSERT INTO event_inbox AS known (event_id, customer_id, customer_email, type, occurred_at, received_at, body,
                                        status, applied_at, source)
      SELECT event.event_id, given.customer_id, email, event.type, event.occurred_at, :now, event.body, 'APPLIED',
             :now, 'import'
      FROM written JOIN given USING (customer_id), jsonb_to_recordset(events) AS event(
        event_id text, type text, occurred_at timestamptz, body jsonb)
      -- An id that another customer's event has is a status that the table refuses: nobody's ledger is overwritten.
      ON CONFLICT (event_id) DO UPDATE SET
        status = CASE WHEN known.customer_id = excluded.customer_id THEN known.status ELSE 'TAKEN' END),
    moved AS (
      INSERT INTO state_transitions (customer_id, customer_email, from_state, to_state, occurred_at, cause, restated,
                                     epoch, revision, recorded_at)
      SELECT given.customer_id, email, step.from_state, step.to_state, step.at, step.cause, step.restated,
             written.epoch, written.revision, :now
      FROM written JOIN given USING (customer_id), ROWS FROM (jsonb_to_recordset(transitions) AS (
        from_state text, to_state text, at timestamptz, cause text, restated boolean))
        WITH ORDINALITY AS step(from_state, to_state, at, cause, restated, place)
      ORDER BY given.customer_id, step.place),
    remembered AS (
      INSERT INTO customer_references (reference, customer_id, customer_email)
      SELECT DISTINCT reference, given.customer_id, email
      FROM written JOIN given USING (customer_id), jsonb_array_elements_text(names) AS reference
      ON CONFLICT DO NOTHING),
    returned AS (
      UPDATE erasures SET returned_at = earliest FROM written JOIN given USING (customer_id)
      WHERE erasures.customer_id = given.customer_id AND returned_at IS NULL)
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
    """What there is of a customer id: bodies of the events applied, and, unless it is new, their profile's guard.

    `erased_at` tells until when nothing is taken in.
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
    """One customer to be written. `epoch` and `revision` are those that were read; None for a new one.

    `earliest` is when the first of the new events occurred, `names` what else the customer is known by.
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
    names: Sequence[str]


@dataclass(frozen=True)
class Waiting:
    """A customer whose workflow does not know yet what was imported. `reload` when there has been one."""

    customer_id: str
    customer_email: str
    reload: bool


async def read_customers(
    engine: AsyncEngine, customers: Sequence[str], events: Sequence[str]
) -> tuple[dict[str, StoredCustomer], dict[str, str | None]]:
    """Customers by id, every one that is asked for; and whose those of the `events` are that are known."""
    async with engine.connect() as connection:
        found = await connection.execute(_READ, {"customers": list(customers)})
        stored = {row["customer_id"]: StoredCustomer(**row) for row in found.mappings()}
        owners = await connection.execute(_OWNERS, {"events": list(events)})
        return stored, {row.event_id: row.customer_id for row in owners}


async def write_customers(engine: AsyncEngine, customers: Sequence[WrittenPast], now: datetime) -> set[str]:
    """Write them in one statement; gives those whose guard held.

    Raises `IntegrityError` when an event id has become another customer's meanwhile, `DataError` for values that
    PostgreSQL does not take; nothing was written then.
    """
    async with engine.connect() as connection:
        rows = await connection.execute(_WRITE, {"customers": json_text(list(customers)), "now": now})
        return set(rows.scalars())


async def not_taken_up(engine: AsyncEngine, *, after: str, size: int) -> list[Waiting]:
    """Customers after an id, in its order, to whom their workflow has not paid heed since an import."""
    async with engine.connect() as connection:
        rows = await connection.execute(_NOT_TAKEN_UP, {"after": after, "size": size})
        return [Waiting(*row) for row in rows]


async def suppress(engine: AsyncEngine, rows: Sequence[dict[str, Any]], softest_first: Sequence[str]) -> int:
    """Keep that `customer_id` gets nothing on `channel` for `reason` since `at`; the harder reason stays.

    Gives how many were new or harder. No two rows may be for the same customer and channel.
    """
    async with engine.connect() as connection:
        given = {"rows": json_text(list(rows)), "softest_first": list(softest_first)}
        return len((await connection.execute(_SUPPRESS, given)).all())
