"""Everything that is stored about one customer, for commands that explain what happened and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

_PROFILE = text("""
    SELECT customer_id, customer_email, state, total_spend, order_count, last_order_date, name, phone, locale,
           time_zone, country, consent_email, consent_email_at, consent_email_source, consent_sms, consent_sms_at,
           consent_sms_source, created_at, updated_at, stopped_at
    FROM customer_profiles WHERE customer_id = :customer_id
""")

_SUPPRESSIONS = text("""
    SELECT channel, reason, source, created_at FROM suppressions WHERE customer_id = :customer_id ORDER BY channel
""")

_EVENTS = text("""
    SELECT event_id, type, coalesce(occurred_at, received_at) AS at, status, body, last_error
    FROM event_inbox WHERE customer_id = :customer_id ORDER BY at, sequence
""")

_STEPS = text("""
    SELECT occurred_at AS at, coalesce(from_state, '') AS from_state, to_state, cause, restated, epoch, revision
    FROM state_transitions WHERE customer_id = :customer_id ORDER BY id
""")

_MESSAGES = text("""
    SELECT message_key, campaign.slug, campaign.step, campaign.name, message.channel, message.trigger_event, occurrence,
           triggered_at, planned_at, due_at, expires_at, sent_at, message.status, reason, attempts, provider,
           provider_message_id, context, variant, held_out, content AS words, decisions,
           (SELECT coalesce(jsonb_agg(jsonb_build_object(
                     'kind', kind, 'at', occurred_at, 'is_machine', is_machine, 'link', link, 'detail', detail)
                     ORDER BY occurred_at, id), '[]')
              FROM message_events AS event WHERE event.message_key = message.message_key) AS reactions
    FROM communications_log AS message LEFT JOIN campaigns AS campaign ON campaign.id = campaign_id
    WHERE customer_id = :customer_id ORDER BY coalesce(sent_at, due_at), message.id
""")


@dataclass(frozen=True)
class StoredProfile:
    """The row in `customer_profiles`. A consent of None: the customer was never asked."""

    customer_id: str
    customer_email: str
    state: str
    total_spend: Decimal
    order_count: int
    last_order_date: datetime | None
    name: str | None
    phone: str | None
    locale: str | None
    time_zone: str | None
    country: str | None
    consent_email: bool | None
    consent_email_at: datetime | None
    consent_email_source: str | None
    consent_sms: bool | None
    consent_sms_at: datetime | None
    consent_sms_source: str | None
    created_at: datetime
    updated_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True)
class StoredSuppression:
    """A channel on which the customer gets nothing more."""

    channel: str
    reason: str
    source: str | None
    created_at: datetime


@dataclass(frozen=True)
class StoredEvent:
    """An event of the ledger or the inbox; `body` is None for one that could not be read."""

    event_id: str
    type: str | None
    at: datetime
    status: str
    body: dict[str, Any] | None
    last_error: str | None


@dataclass(frozen=True)
class StoredStep:
    """One step between states; steps of one write share `epoch` and `revision`."""

    at: datetime
    from_state: str
    to_state: str
    cause: str
    restated: bool
    epoch: int
    revision: int


@dataclass(frozen=True)
class StoredMessage:
    """A message of the log with its campaign's slug, step and name.

    `context` is its trigger's; `words`, `decisions` and `reactions` are as the tables keep them.
    """

    message_key: str
    slug: str | None
    step: int | None
    name: str | None
    channel: str | None
    trigger_event: str | None
    occurrence: str | None
    triggered_at: datetime | None
    planned_at: datetime
    due_at: datetime
    expires_at: datetime
    sent_at: datetime | None
    status: str
    reason: str | None
    attempts: int
    provider: str | None
    provider_message_id: str | None
    context: dict[str, Any] = field(default_factory=dict)
    variant: str | None = None
    held_out: bool = False
    words: dict[str, Any] | None = None
    decisions: Sequence[dict[str, Any]] = ()
    reactions: Sequence[dict[str, Any]] = ()


@dataclass(frozen=True)
class CustomerRecord:
    """What PostgreSQL knows of a customer, everything oldest first."""

    profile: StoredProfile | None
    suppressions: tuple[StoredSuppression, ...]
    events: tuple[StoredEvent, ...]
    steps: tuple[StoredStep, ...]
    messages: tuple[StoredMessage, ...]


async def load_profile(engine: AsyncEngine, customer_id: str) -> StoredProfile | None:
    """A customer's row; None for one whom the database does not know."""
    found = await _rows(engine, _PROFILE, customer_id)
    return StoredProfile(**found[0]) if found else None


async def load_record(engine: AsyncEngine, customer_id: str) -> CustomerRecord:
    """All rows of a customer; empty for one whom the database does not know."""
    return CustomerRecord(
        profile=await load_profile(engine, customer_id),
        suppressions=tuple(StoredSuppression(**row) for row in await _rows(engine, _SUPPRESSIONS, customer_id)),
        events=tuple(StoredEvent(**row) for row in await _rows(engine, _EVENTS, customer_id)),
        steps=tuple(StoredStep(**row) for row in await _rows(engine, _STEPS, customer_id)),
        messages=tuple(StoredMessage(**row) for row in await _rows(engine, _MESSAGES, customer_id)),
    )


async def _rows(engine: AsyncEngine, query: TextClause, customer_id: str) -> list[dict[str, Any]]:
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(query, {"customer_id": customer_id})).mappings()]
