"""What customers agreed to as of now, and withdrawals, which take effect at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.customers.stated_consent import stated_consent
from lifecycle.campaigns import Channel
from lifecycle.gate import SuppressionReason

REPEATED_WITHIN = timedelta(hours=1)
"""A second withdrawal so soon after the first is a repetition, such as a mail program that repeats its request."""

_PERSON = f"""
    found.customer_id, found.customer_email, profile.phone, profile.country, profile.updated_at,
    {stated_consent("found.customer_id", "profile")} AS consent,
    (SELECT coalesce(jsonb_object_agg(suppression.channel, jsonb_build_object(
              'reason', suppression.reason, 'since', suppression.created_at)), '{{}}')
       FROM suppressions AS suppression WHERE suppression.customer_id = found.customer_id) AS suppressions
"""

_READER = text(f"""
    SELECT coalesce(found.channel, campaign.channel) AS channel, coalesce(found.sent_at, found.due_at) AS at, {_PERSON}
    FROM communications_log AS found
    JOIN customer_profiles AS profile USING (customer_id)
    LEFT JOIN campaigns AS campaign ON campaign.id = found.campaign_id
    WHERE message_key = :key
""")

_AT_NUMBER = text(f"""
    WITH known AS (
      SELECT customer_id, customer_email, true AS certain FROM customer_references WHERE reference = :reference
      UNION ALL
      SELECT customer_id, customer_email, false FROM customer_profiles
      WHERE strpos(regexp_replace(phone, '[^0-9]', '', 'g'), :ending) > 0),
    found AS (
      SELECT customer_id, customer_email, bool_or(certain) AS certain FROM known GROUP BY customer_id, customer_email)
    SELECT certain, {_PERSON},
           EXISTS (SELECT FROM event_inbox
                   WHERE event_id IN (CAST(:prefix AS text), CAST(:prefix AS text) || found.customer_id)) AS recorded
    FROM found LEFT JOIN customer_profiles AS profile USING (customer_id)
    ORDER BY found.customer_id
""")

_WITHDRAW = text("""
    INSERT INTO suppressions AS known (customer_id, channel, reason, source, created_at)
    VALUES (:customer_id, :channel, 'unsubscribe', :source, :at)
    ON CONFLICT (customer_id, channel) DO UPDATE SET
      created_at = CASE WHEN known.created_at < excluded.created_at - CAST(:repeated_within AS interval)
                        THEN excluded.created_at ELSE known.created_at END
      WHERE known.reason = 'unsubscribe'
    RETURNING created_at
""")

_WAITS = text("""
    SELECT EXISTS (SELECT FROM event_inbox WHERE status = 'WAITING' AND waits_for @> ARRAY[CAST(:reference AS text)]
                   AND type = 'CONSENT_CHANGED')
""")


@dataclass(frozen=True)
class Silence:
    """Why nothing is sent on a channel, and since when."""

    reason: str
    since: datetime


@dataclass(frozen=True)
class Person:
    """A customer, and their consent by channel. `phone` is as the shop spelled it.

    `written_at` is the customer's time of the last write, which is in the future for one who was fast-forwarded; None
    before the first write.
    """

    customer_id: str
    email: str
    phone: str | None
    country: str | None
    written_at: datetime | None
    consent: Mapping[Channel, bool | None]
    silence: Mapping[Channel, Silence]

    def agrees(self, channel: Channel, *, by_default: bool) -> bool:
        """Whether marketing may be sent; `by_default` is the answer without any statement."""
        consent = self.consent[channel]
        return channel not in self.silence and (by_default if consent is None else consent)

    def unsubscribed(self, channel: Channel) -> bool:
        """Whether the customer unsubscribed."""
        return channel in self.silence and self.silence[channel].reason == SuppressionReason.UNSUBSCRIBE

    def unreachable(self, channel: Channel) -> bool:
        """Whether the channel is suppressed for another reason: a bounce, a complaint, the shop's decision."""
        return channel in self.silence and not self.unsubscribed(channel)


@dataclass(frozen=True)
class Owner:
    """A customer who may have a telephone number, `certain` or by its last digits only.

    `recorded` says that the inbox has the event for this customer already.
    """

    person: Person
    certain: bool
    recorded: bool


@dataclass(frozen=True)
class Reader:
    """The recipient of a message, its channel, and when it was sent."""

    person: Person
    channel: Channel
    at: datetime


async def reader_of(engine: AsyncEngine, message_key: str) -> Reader | None:
    """The recipient of a message; None when the message or the customer no longer exists."""
    async with engine.connect() as connection:
        row = (await connection.execute(_READER, {"key": message_key})).one_or_none()
    return None if row is None else Reader(_person(row), row.channel, row.at)


async def at_number(engine: AsyncEngine, *, reference: str, ending: str, prefix: str) -> tuple[Owner, ...]:
    """All customers who may have a number: by the `reference`, or because their number contains the digits `ending`.

    `prefix` with a customer's id is the id of the event to record; alone, it is the id of an event that was recorded
    when no customer was known.
    """
    values = {"reference": reference, "ending": ending, "prefix": prefix}
    async with engine.connect() as connection:
        return tuple(
            Owner(_person(row), row.certain, row.recorded) for row in await connection.execute(_AT_NUMBER, values)
        )


async def is_waiting(engine: AsyncEngine, reference: str) -> bool:
    """Whether a statement on consent waits for a customer with this reference."""
    async with engine.connect() as connection:
        return bool((await connection.execute(_WAITS, {"reference": reference})).scalar_one())


async def withdraw(
    engine: AsyncEngine, customer_id: str, channel: Channel, *, source: str, at: datetime
) -> datetime | None:
    """Suppress a channel from now on; returns since when, which a repetition does not change.

    None when the channel is suppressed for another reason, which stays.
    """
    values = {
        "customer_id": customer_id,
        "channel": channel,
        "source": source,
        "at": at,
        "repeated_within": REPEATED_WITHIN,
    }
    async with engine.connect() as connection:
        return (await connection.execute(_WITHDRAW, values)).scalar_one_or_none()


def _person(row: Row[Any]) -> Person:
    return Person(
        customer_id=row.customer_id,
        email=row.customer_email,
        phone=row.phone,
        country=row.country,
        written_at=row.updated_at,
        consent={"EMAIL": row.consent["email"], "SMS": row.consent["sms"]},
        silence={
            channel: Silence(found["reason"], datetime.fromisoformat(found["since"]))
            for channel, found in row.suppressions.items()
        },
    )
