"""The life of one message in `communications_log`: read, claim, send, mark.

Every write is one statement that names the status it expects, so that of two processes one wins. A claim is held
by its `fence` until `lease_until`. Leases guard processes from each other in real time, and so they are the one
thing measured with the database's clock; all other times are the caller's.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine.connections import json_text
from db.messages.still_wanted import STILL_WANTED, STOPPED, WITHDRAWN
from lifecycle.gate import Stopped, Suppression

_READ = text(f"""
    SELECT message.status, message.reason, message.expires_at, message.context, message.products, message.variant,
           {STOPPED} AS stopped,
           greatest(message.lease_until - clock_timestamp(), interval '0') AS lease_left,
           to_jsonb(campaign) AS campaign,
           to_jsonb(profile) AS profile,
           suppression.reason AS suppression,
           {WITHDRAWN} AS withdrawn,
           rendered.recipient, rendered.subject, rendered.content,
           clock_timestamp() - rendered.created_at AS rendered_ago
    FROM communications_log AS message
    JOIN campaigns AS campaign ON campaign.id = message.campaign_id
    LEFT JOIN customer_profiles AS profile ON profile.customer_id = message.customer_id
    LEFT JOIN suppressions AS suppression
      ON suppression.customer_id = message.customer_id AND suppression.channel = campaign.channel
    LEFT JOIN rendered_messages AS rendered ON rendered.message_key = message.message_key
    WHERE message.message_key = :key
""")  # noqa: S608 - put together from what stands in this file

_DECIDED = """
    decisions = (CASE WHEN decisions -> -1 ->> 'reason' = CAST(:reason AS text) THEN decisions - (-1)
                      ELSE decisions END)
      || jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
           'at', CAST(:now AS timestamptz), 'decision', CAST(:decision AS text), 'reason', CAST(:reason AS text),
           'until', CAST(:until AS timestamptz))))
"""
"""Adds a line to what was decided about a message; of a reason that repeats itself the last one stands."""

_CLAIM = text(f"""
    WITH claimed AS (
      UPDATE communications_log AS message
      SET status = 'CLAIMED', fence = :fence, lease_until = clock_timestamp() + :lease, reason = NULL,
          content = CAST(:words AS jsonb)
      WHERE message_key = :key AND (status = 'PLANNED' OR (status = 'CLAIMED' AND fence = :fence))
      {STILL_WANTED}
      RETURNING message_key),
    kept AS (
      INSERT INTO rendered_messages (message_key, recipient, subject, content, links, created_at)
      SELECT message_key, :recipient, :subject, :content, CAST(:links AS jsonb), clock_timestamp() FROM claimed
      ON CONFLICT (message_key) DO UPDATE SET
        recipient = excluded.recipient, subject = excluded.subject, content = excluded.content,
        links = excluded.links, created_at = excluded.created_at)
    SELECT message_key FROM claimed
""")  # noqa: S608 - put together from what stands in this file

_CLAIM_AGAIN = text(f"""
    UPDATE communications_log AS message
    SET status = 'CLAIMED', fence = :fence, lease_until = clock_timestamp() + :lease
    WHERE message_key = :key
      AND (status = 'UNKNOWN' OR (status = 'CLAIMED' AND (lease_until <= clock_timestamp() OR fence = :fence)))
      {STILL_WANTED}
    RETURNING message_key
""")  # noqa: S608 - put together from what stands in this file

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
"""  # noqa: S608 - put together from what stands in this file

_GIVE_BACK = """
    given_back AS (
      UPDATE coupon_codes SET message_key = NULL, reserved_at = NULL
      FROM marked WHERE coupon_codes.message_key = marked.message_key AND CAST(:unsent AS boolean))
"""
"""What ends before it was claimed gives its code back by a trigger; of what was claimed only the owner knows."""

_MARK = text(f"""
    WITH {_MARKED}, {_GIVE_BACK}
    SELECT message_key FROM marked
""")  # noqa: S608 - put together from what stands in this file

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
""")  # noqa: S608 - put together from what stands in this file

_SETTLE = text(f"""
    UPDATE communications_log SET status = :status, reason = :reason, {_DECIDED}
    WHERE message_key = :key AND status = 'PLANNED'
    RETURNING message_key
""")  # noqa: S608 - put together from what stands in this file

_GIVE_UP = text(f"""
    UPDATE communications_log SET status = 'UNKNOWN', reason = :reason, lease_until = NULL, {_DECIDED}
    WHERE message_key = :key AND (status = 'UNKNOWN' OR (status = 'CLAIMED' AND lease_until <= clock_timestamp()))
    RETURNING message_key
""")  # noqa: S608 - put together from what stands in this file

_POSTPONE = text(f"""
    UPDATE communications_log SET due_at = :until, reason = :reason, attempts = attempts + 1, {_DECIDED}
    WHERE message_key = :key AND status = :status AND (lease_until IS NULL OR lease_until <= clock_timestamp())
    RETURNING message_key
""")  # noqa: S608 - put together from what stands in this file


@dataclass(frozen=True)
class Rendered:
    """What a claim keeps: the recipient's address, the exact bytes, and the targets of tracked links by their numbers.

    `ago` is when it was rendered, in real time; `words` tell who wrote the text of a campaign with a prompt.
    """

    recipient: str
    subject: str | None
    content: bytes
    links: tuple[str, ...] = ()
    ago: timedelta = timedelta()
    words: dict[str, Any] | None = None


@dataclass(frozen=True)
class MessageRecord:
    """A message, its campaign's row and its customer's, as they are now.

    `profile` is None when the customer was erased; `withdrawn` are the channels, as consent names them, that they said
    no to since it was written; `stopped` is what of all sending is stopped; `rendered` is what an earlier claim kept;
    `lease_left` is how long somebody else still holds it.
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
    withdrawn: tuple[str, ...]
    rendered: Rendered | None
    variant: str | None = None
    stopped: Stopped | None = None


class Messages:
    """The statements on one message; each is one round trip. A write tells whether the message was as expected."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def read(self, key: str) -> MessageRecord | None:
        """Everything that decides what becomes of a message; None when there is no such message."""
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
            withdrawn=tuple(row.withdrawn),
            rendered=rendered,
            variant=row.variant,
            stopped=row.stopped,
        )

    async def claim(
        self, key: str, fence: str, lease: timedelta, rendered: Rendered, *, as_found: MessageRecord
    ) -> bool:
        """Take a planned message and keep what is about to be sent. May be repeated by the same `fence`.

        Not taken either when consent, suppression or stops are no longer `as_found`.
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
            **_word(as_found),
        )

    async def claim_again(self, key: str, fence: str, lease: timedelta, *, as_found: MessageRecord) -> bool:
        """Take over a message whose outcome is unknown, or whose lease ran out, to send what was kept.

        Not taken either when consent, suppression or stops are no longer `as_found`.
        """
        return await self._write(_CLAIM_AGAIN, key=key, fence=fence, lease=lease, **_word(as_found))

    async def mark_sent(
        self, key: str, fence: str, now: datetime, provider: str, provider_message_id: str | None
    ) -> bool:
        """The provider has it. The owner of a claim may say so even after others called it unknown, or read it."""
        return await self._write(
            _MARK_SENT, key=key, fence=fence, now=now, provider=provider, provider_message_id=provider_message_id
        )

    async def mark(
        self, key: str, fence: str, status: str, now: datetime, reason: str, *, unsent: bool = False
    ) -> bool:
        """What became of a claim that was not accepted: PLANNED again, UNKNOWN or FAILED.

        The coupon of a message that is FAILED and certainly `unsent` is free again.
        """
        told = _decision("not taken yet" if status == "PLANNED" else status.lower(), now, reason)
        return await self._write(_MARK, key=key, fence=fence, status=status, unsent=unsent, **told)

    async def mark_bounced(self, key: str, fence: str, now: datetime, reason: str, *, unsent: bool = False) -> bool:
        """The address does not exist: the customer gets nothing more on this channel; of `unsent` see `mark`."""
        told = {"status": "BOUNCED", "suppression": Suppression.HARD_BOUNCE.value, **_decision("bounced", now, reason)}
        return await self._write(_MARK_AND_SUPPRESS, key=key, fence=fence, unsent=unsent, **told)

    async def mark_opted_out(self, key: str, fence: str, now: datetime, reason: str, *, unsent: bool = False) -> bool:
        """The customer unsubscribed with the provider, and so with us; of `unsent` see `mark`."""
        told = {"status": "FAILED", "suppression": Suppression.UNSUBSCRIBE.value, **_decision("failed", now, reason)}
        return await self._write(_MARK_AND_SUPPRESS, key=key, fence=fence, unsent=unsent, **told)

    async def settle(self, key: str, status: str, now: datetime, reason: str) -> bool:
        """End a planned message that is not sent: SKIPPED or FAILED. A coupon reserved for it is free again."""
        return await self._write(_SETTLE, key=key, status=status, **_decision(status.lower(), now, reason))

    async def give_up(self, key: str, now: datetime, reason: str) -> bool:
        """Leave a message UNKNOWN that may have been sent and is not repeated. Its fence stays with its owner."""
        return await self._write(_GIVE_UP, key=key, **_decision("not repeated", now, reason))

    async def postpone(self, key: str, status: str, now: datetime, until: datetime, reason: str) -> bool:
        """Ask again at `until`."""
        return await self._write(_POSTPONE, key=key, status=status, **_decision("put off", now, reason, until))

    async def _write(self, statement: TextClause, **values: Any) -> bool:
        async with self._engine.connect() as connection:
            return (await connection.execute(statement, values)).one_or_none() is not None


def _decision(decision: str, now: datetime, reason: str, until: datetime | None = None) -> dict[str, Any]:
    """A line for whoever asks later why."""
    return {"decision": decision, "now": now, "reason": reason, "until": until}


def _word(found: MessageRecord) -> dict[str, Any]:
    """The customer's word, and the stops, as a decision to send was made on them."""
    profile = found.profile or {}
    return {
        "suppression": found.suppression,
        "withdrawn": list(found.withdrawn),
        "stopped": found.stopped,
        "campaign_status": found.campaign["status"],
        "consent_email": profile.get("consent_email"),
        "consent_sms": profile.get("consent_sms"),
    }
