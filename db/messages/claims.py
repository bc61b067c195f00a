"""The life of one message in `communications_log`: read, claim, send, mark.

Every write is one statement that names the status it expects, so that one of two processes wins. A claim belongs to
its `fence` until `lease_until`. Leases keep processes apart in real time: they alone are measured with the database's
clock, and all other times are the caller's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text
from db.messages.still_wanted import CONSENT, STILL_WANTED, STOPPED
from lifecycle.gate import Stopped, SuppressionReason

_READ = text(f"""
    SELECT message.status, message.reason, message.expires_at, message.context, message.products, message.variant,
           {STOPPED} AS stopped,
           greatest(message.lease_until - clock_timestamp(), interval '0') AS lease_left,
           to_jsonb(campaign) AS campaign,
           to_jsonb(profile) AS profile,
           suppression.reason AS suppression,
           {CONSENT} AS consent,
           rendered.recipient, rendered.subject, rendered.content,
           clock_timestamp() - rendered.created_at AS rendered_ago
    FROM communications_log AS message
    JOIN campaign_steps AS campaign ON campaign.id = message.campaign_id
    LEFT JOIN customer_profiles AS profile ON profile.customer_id = message.customer_id
    LEFT JOIN suppressions AS suppression
      ON suppression.customer_id = message.customer_id AND suppression.channel = campaign.channel
    LEFT JOIN rendered_messages AS rendered ON rendered.message_key = message.message_key
    WHERE message.message_key = :key
""")

_DECIDED = """
    decisions = (CASE WHEN decisions -> -1 ->> 'reason' = CAST(:reason AS text) THEN decisions - (-1)
                      ELSE decisions END)
      || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
           'at', CAST(:now AS timestamptz), 'decision', CAST(:decision AS text), 'reason', CAST(:reason AS text),
           'until', CAST(:until AS timestamptz))))
"""
"""Appends a decision to those about a message. A decision with the same reason as the last one replaces it."""

_CLAIM = text(f"""
    WITH claimed AS (
      UPDATE communications_log AS message
      SET status = 'CLAIMED', fence = :fence, lease_until = clock_timestamp() + :lease, reason = NULL,
          content = CAST(:words AS jsonb)
      WHERE message_key = :key AND (status = 'PLANNED' OR (status = 'CLAIMED' AND fence = :fence))
      {STILL_WANTED}
      RETURNING message_key),
    stored AS (
      INSERT INTO rendered_messages (message_key, recipient, subject, content, links, created_at)
      SELECT message_key, :recipient, :subject, :content, CAST(:links AS jsonb), clock_timestamp() FROM claimed
      ON CONFLICT (message_key) DO UPDATE SET
        recipient = excluded.recipient, subject = excluded.subject, content = excluded.content,
        links = excluded.links, created_at = excluded.created_at)
    SELECT message_key FROM claimed
""")

_CLAIM_AGAIN = text(f"""
    UPDATE communications_log AS message
    SET status = 'CLAIMED', fence = :fence, lease_until = clock_timestamp() + :lease
    WHERE message_key = :key
      AND (status = 'UNKNOWN' OR (status = 'CLAIMED' AND (lease_until <= clock_timestamp() OR fence = :fence)))
      {STILL_WANTED}
    RETURNING message_key
""")

_MARK_SENT = text("""
    UPDATE communications_log
    SET status = CASE WHEN status IN ('OPENED', 'CLICKED') THEN status ELSE 'SENT' END, sent_at = :now, reason = NULL,
        provider = :provider, provider_message_id = :provider_message_id, lease_until = NULL
    WHERE message_key = :key AND fence = :fence
      AND (status IN ('CLAIMED', 'UNKNOWN') OR (status IN ('OPENED', 'CLICKED') AND provider IS NULL))
    RETURNING message_key
""")

_MARKED = f"""
    marked AS (
      UPDATE communications_log SET status = :status, reason = :reason, lease_until = NULL, {_DECIDED}
      WHERE message_key = :key AND fence = :fence AND status IN ('CLAIMED', 'UNKNOWN')
      RETURNING message_key, customer_id, channel)
"""

_GIVE_BACK = """
    given_back AS (
      UPDATE coupon_codes SET message_key = NULL, reserved_at = NULL
      FROM marked WHERE coupon_codes.message_key = marked.message_key AND CAST(:unsent AS boolean))
"""
"""A trigger frees the code of a message that ends before it was claimed. Of a claimed one only the owner can say."""

_MARK = text(f"""
    WITH {_MARKED}, {_GIVE_BACK}
    SELECT message_key FROM marked
""")

_MARK_AND_SUPPRESS = text(f"""
    WITH {_MARKED},
    suppressed AS (
      INSERT INTO suppressions AS known (customer_id, channel, reason, source, created_at)
      SELECT customer_id, channel, :suppression, 'message ' || message_key, :now FROM marked
      -- An unsubscribe lets transactional mail through; an address that does not exist takes none.
      ON CONFLICT (customer_id, channel) DO UPDATE SET
        reason = excluded.reason, source = excluded.source, created_at = excluded.created_at
        WHERE known.reason = 'unsubscribe'),
    {_GIVE_BACK}
    SELECT message_key FROM marked
""")

_SETTLE = text(f"""
    UPDATE communications_log SET status = :status, reason = :reason, {_DECIDED}
    WHERE message_key = :key AND status = 'PLANNED'
    RETURNING message_key
""")

_GIVE_UP = text(f"""
    UPDATE communications_log SET status = 'UNKNOWN', reason = :reason, lease_until = NULL, {_DECIDED}
    WHERE message_key = :key AND (status = 'UNKNOWN' OR (status = 'CLAIMED' AND lease_until <= clock_timestamp()))
    RETURNING message_key
""")

_POSTPONE = text(f"""
    UPDATE communications_log SET due_at = :until, reason = :reason, attempts = attempts + 1, {_DECIDED}
    WHERE message_key = :key AND status = :status AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    RETURNING message_key
""")


@dataclass(frozen=True)
class Rendered:
    """What a claim stores: the recipient's address, the exact bytes, and the targets of tracked links by number.

    `ago` is how long ago it was rendered, in real time; `words` say who wrote the text of a campaign with a prompt.
    """

    recipient: str
    subject: str | None
    content: bytes
    links: tuple[str, ...] = ()
    ago: timedelta = timedelta()
    words: dict[str, Any] | None = None


@dataclass(frozen=True)
class MessageRecord:
    """A message with its campaign's step and its customer's profile, as they are now.

    `profile` is None if the customer was erased. `consent` is what they agreed to on `email` and `sms`, None if they
    were never asked, and whether that on `email` is `confirmed`. `stopped` says which sending is stopped, `rendered` is
    what an earlier claim stored, and `lease_left` is how long another process still holds the message.
    """

    status: str
    reason: str | None
    expires_at: datetime
    context: dict[str, Any]
    products: tuple[str, ...]
    lease_left: timedelta
    campaign: dict[str, Any]
    profile: dict[str, Any] | None
    suppression: str | None
    consent: dict[str, bool | None]
    rendered: Rendered | None
    variant: str | None = None
    stopped: Stopped | None = None


class MessageClaims:
    """Statements on one message, one round trip each. A write returns whether the message was as expected."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, key: str) -> MessageRecord | None:
        """Return everything that decides about a message; None if there is no such message."""
        async with self._engine.connect() as connection:
            row = (await connection.execute(_READ, {"key": key})).one_or_none()
        if row is None:
            return None
        rendered = None
        if row.content is not None:
            rendered = Rendered(row.recipient, row.subject, row.content, ago=row.rendered_ago)
        return MessageRecord(
            status=row.status,
            reason=row.reason,
            expires_at=row.expires_at,
            context=row.context,
            products=tuple(row.products),
            lease_left=row.lease_left or timedelta(),
            campaign=row.campaign,
            profile=row.profile,
            suppression=row.suppression,
            consent=row.consent,
            rendered=rendered,
            variant=row.variant,
            stopped=row.stopped,
        )

    async def claim(
        self, key: str, fence: str, lease: timedelta, rendered: Rendered, *, as_found: MessageRecord
    ) -> bool:
        """Claim a planned message and store what is about to be sent. The same `fence` may repeat it.

        The claim fails if consent, suppression, stops or the campaign are no longer `as_found`.
        """
        return await self._write(
            _CLAIM,
            key=key,
            fence=fence,
            lease=lease,
            recipient=rendered.recipient,
            subject=rendered.subject,
            content=rendered.content,
            links=json_text(rendered.links),
            words=json_text(rendered.words) if rendered.words else None,
            **_inputs(as_found),
        )

    async def claim_again(self, key: str, fence: str, lease: timedelta, *, as_found: MessageRecord) -> bool:
        """Take over a message with an unknown outcome or an expired lease, to send what was stored.

        The claim fails if consent, suppression, stops or the campaign are no longer `as_found`.
        """
        return await self._write(_CLAIM_AGAIN, key=key, fence=fence, lease=lease, **_inputs(as_found))

    async def mark_sent(
        self, key: str, fence: str, now: datetime, provider: str, provider_message_id: str | None
    ) -> bool:
        """Record that the provider has it. The owner of a claim may do so even after it was marked unknown, or read."""
        return await self._write(
            _MARK_SENT, key=key, fence=fence, now=now, provider=provider, provider_message_id=provider_message_id
        )

    async def mark(
        self, key: str, fence: str, status: str, now: datetime, reason: str, *, unsent: bool = False
    ) -> bool:
        """Record the outcome of a claim that was not accepted: PLANNED again, UNKNOWN or FAILED.

        The coupon of a message that is FAILED and certainly `unsent` is free again.
        """
        decision = _decision("not taken yet" if status == "PLANNED" else status.lower(), now, reason)
        return await self._write(_MARK, key=key, fence=fence, status=status, unsent=unsent, **decision)

    async def mark_bounced(self, key: str, fence: str, now: datetime, reason: str, *, unsent: bool = False) -> bool:
        """Record that the address does not exist and suppress the channel. For `unsent` see `mark`."""
        decision = {
            "status": "BOUNCED",
            "suppression": SuppressionReason.HARD_BOUNCE.value,
            **_decision("bounced", now, reason),
        }
        return await self._write(_MARK_AND_SUPPRESS, key=key, fence=fence, unsent=unsent, **decision)

    async def mark_opted_out(self, key: str, fence: str, now: datetime, reason: str, *, unsent: bool = False) -> bool:
        """Record that the customer unsubscribed with the provider and suppress the channel. For `unsent` see `mark`."""
        decision = {
            "status": "FAILED",
            "suppression": SuppressionReason.UNSUBSCRIBE.value,
            **_decision("failed", now, reason),
        }
        return await self._write(_MARK_AND_SUPPRESS, key=key, fence=fence, unsent=unsent, **decision)

    async def settle(self, key: str, status: str, now: datetime, reason: str) -> bool:
        """End a planned message without sending it: SKIPPED or FAILED. A coupon reserved for it is free again."""
        return await self._write(_SETTLE, key=key, status=status, **_decision(status.lower(), now, reason))

    async def give_up(self, key: str, now: datetime, reason: str) -> bool:
        """Leave a message UNKNOWN that may have been sent and is not repeated. Its owner keeps the fence."""
        return await self._write(_GIVE_UP, key=key, **_decision("not repeated", now, reason))

    async def postpone(self, key: str, status: str, now: datetime, until: datetime, reason: str) -> bool:
        """Defer a message until `until`."""
        return await self._write(_POSTPONE, key=key, status=status, **_decision("put off", now, reason, until))

    async def _write(self, statement: TextClause, **values: Any) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).one_or_none() is not None


def _decision(decision: str, now: datetime, reason: str, until: datetime | None = None) -> dict[str, Any]:
    """The parameters of `_DECIDED`."""
    return {"decision": decision, "now": now, "reason": reason, "until": until}


def _inputs(found: MessageRecord) -> dict[str, Any]:
    """Return what the decision to send was made on, as parameters of `STILL_WANTED`."""
    return {
        "suppression": found.suppression,
        "consent": json_text(found.consent),
        "stopped": found.stopped,
        "campaign_status": found.campaign["status"],
    }
