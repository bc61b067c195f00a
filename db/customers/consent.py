"""What customers agreed to, as it stands this moment, and their withdrawal, which holds from this moment on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from lifecycle.campaigns import Channel
from lifecycle.gate import Suppression

REPEATED_WITHIN = timedelta(hours=1)
"""A second withdrawal so soon after the first is the same word again, as when a mail program repeats its request."""

# A word that is kept and not yet applied counts: the customer knows that they said it.
_PERSON = """
    found.customer_id, found.customer_email, profile.phone, profile.country, profile.updated_at,
    profile.consent_email, profile.consent_sms,
    (SELECT coalesce(jsonb_object_agg(suppression.channel, jsonb_build_object(
              'reason', suppression.reason, 'since', suppression.created_at)), '{}')
       FROM suppressions AS suppression WHERE suppression.customer_id = found.customer_id) AS suppressions,
    (SELECT coalesce(jsonb_object_agg(
              upper(body ->> 'channel'), body -> 'granted' ORDER BY occurred_at, event_id), '{}')
       FROM event_inbox AS event
      WHERE event.customer_id = found.customer_id AND event.status = 'RECEIVED' AND type = 'CONSENT_CHANGED'
        AND body IS NOT NULL) AS unapplied
"""

_READER = text(f"""
    SELECT coalesce(found.channel, campaign.channel) AS channel, coalesce(found.sent_at, found.due_at) AS at, {_PERSON}
    FROM communications_log AS found
    JOIN customer_profiles AS profile USING (customer_id)
    LEFT JOIN campaigns AS campaign ON campaign.id = found.campaign_id
    WHERE message_key = :key
""")  # noqa: S608 - put together from what stands in this file

_AT_NUMBER = text(f"""
    WITH known AS (
      SELECT customer_id, customer_email, true AS surely FROM customer_references WHERE reference = :reference
      UNION ALL
      SELECT customer_id, customer_email, false FROM customer_profiles
      WHERE strpos(regexp_replace(phone, '[^0-9]', '', 'g'), :ending) > 0),
    found AS (
      SELECT customer_id, customer_email, bool_or(surely) AS surely FROM known GROUP BY customer_id, customer_email)
    SELECT surely, {_PERSON},
           EXISTS (SELECT FROM event_inbox
                   WHERE event_id IN (CAST(:prefix AS text), CAST(:prefix AS text) || found.customer_id)) AS told
    FROM found LEFT JOIN customer_profiles AS profile USING (customer_id)
    ORDER BY found.customer_id
""")  # noqa: S608 - put together from what stands in this file

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
    """A customer, and their word by channel. `phone` is as the shop spelled it.

    `lives_at` is their own time when they were last written, ahead of ours for one who was fast-forwarded; None before
    the first write.
    """

    customer_id: str
    email: str
    phone: str | None
    country: str | None
    lives_at: datetime | None
    consent: Mapping[Channel, bool | None]
    silence: Mapping[Channel, Silence]

    def agrees(self, channel: Channel, *, by_default: bool) -> bool:
        """Whether marketing may be sent; `by_default` is for who never said."""
        said = self.consent[channel]
        return channel not in self.silence and (by_default if said is None else said)

    def unsubscribed(self, channel: Channel) -> bool:
        """Whether they asked for silence themselves."""
        return channel in self.silence and self.silence[channel].reason == Suppression.UNSUBSCRIBE

    def unreachable(self, channel: Channel) -> bool:
        """Whether there is silence for another reason: a bounce, a complaint, the shop's own decision."""
        return channel in self.silence and not self.unsubscribed(channel)


@dataclass(frozen=True)
class Owner:
    """Who may have a telephone number: `surely`, or by its last digits. `told` when this was said for them before."""

    person: Person
    surely: bool
    told: bool


@dataclass(frozen=True)
class Asked:
    """Somebody who was asked something by a message, and when."""

    person: Person
    at: datetime


async def reader_of(engine: AsyncEngine, message_key: str) -> tuple[Person, Channel] | None:
    """Who got a message, and on which channel; None when the message or the customer is no longer known."""
    async with engine.connect() as connection:
        row = (await connection.execute(_READER, {"key": message_key})).one_or_none()
    return None if row is None else (_person(row), row.channel)


async def asked_by(engine: AsyncEngine, message_key: str) -> Asked | None:
    """Who got a message, and when; None when the message or the customer is no longer known."""
    async with engine.connect() as connection:
        row = (await connection.execute(_READER, {"key": message_key})).one_or_none()
    return None if row is None else Asked(_person(row), row.at)


async def at_number(engine: AsyncEngine, *, reference: str, ending: str, prefix: str) -> tuple[Owner, ...]:
    """Everybody who may have a number: whom `reference` names, or whose number has the digits `ending` in it.

    `prefix` and a customer's id make the id of the event that tells what was said; alone it is the id of one for whom
    nobody was known then.
    """
    values = {"reference": reference, "ending": ending, "prefix": prefix}
    async with engine.connect() as connection:
        return tuple(Owner(_person(row), row.surely, row.told) for row in await connection.execute(_AT_NUMBER, values))


async def is_waiting(engine: AsyncEngine, reference: str) -> bool:
    """Whether a word on consent waits for a customer whom `reference` names."""
    async with engine.connect() as connection:
        return bool((await connection.execute(_WAITS, {"reference": reference})).scalar_one())


async def withdraw(
    engine: AsyncEngine, customer_id: str, channel: Channel, *, source: str, at: datetime
) -> datetime | None:
    """Send nothing more that is not asked for, from now on; since when that holds, which a repetition does not change.

    None where there is silence for another reason, which stays.
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
    said: dict[Channel, bool | None] = {"EMAIL": row.consent_email, "SMS": row.consent_sms, **row.unapplied}
    return Person(
        customer_id=row.customer_id,
        email=row.customer_email,
        phone=row.phone,
        country=row.country,
        lives_at=row.updated_at,
        consent=said,
        silence={
            channel: Silence(found["reason"], datetime.fromisoformat(found["since"]))
            for channel, found in row.suppressions.items()
        },
    )
